SELECT record FROM incidents_raw FINAL WHERE id = {id:String} ORDER BY revision
