SELECT record FROM detector_states_raw FINAL WHERE watch IN (SELECT arrayJoin(JSONExtract({watches:String}, 'Array(String)')))
