SELECT DISTINCT scope FROM retractions_raw
