export his=$(marshrut token --data sandbox --user his --role integrator --hospital GKB29)
