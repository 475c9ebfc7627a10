SELECT record FROM detector_states_raw FINAL WHERE watch IN {watches:Array(String)}
