SELECT record FROM shadow_incidents_raw FINAL WHERE id = {id:String} ORDER BY revision
