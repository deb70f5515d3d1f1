"""The life of an instance and a cluster as boto3 sees it: another client, with its own parser, waiters and error classes.

Usage: boto3-scenario.py ENDPOINT REGION. Prints one JSON object with what it saw; exits non-zero when anything is off.
"""

import json
import sys

import boto3
from botocore.config import Config

endpoint, region = sys.argv[1:3]
rds = boto3.client(
    "rds",
    endpoint_url=endpoint,
    region_name=region,
    aws_access_key_id="local",
    aws_secret_access_key="local",
    config=Config(retries={"max_attempts": 1}),
)
seen = {}
quickly = {"Delay": 1, "MaxAttempts": 90}


def wait(name, **of):
    rds.get_waiter(name).wait(WaiterConfig=quickly, **of)


def refused(call, **arguments):
    """Name of the error class, code and status of a call that must fail."""
    try:
        call(**arguments)
    except rds.exceptions.ClientError as error:
        return [type(error).__name__, error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    raise SystemExit(f"{call} was accepted")


rds.create_db_parameter_group(DBParameterGroupName="boto", DBParameterGroupFamily="postgres17", Description="by boto3")
rds.modify_db_parameter_group(
    DBParameterGroupName="boto",
    Parameters=[{"ParameterName": "rds.logical_replication", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}],
)
pages = list(rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="boto"))
seen["pages"] = len(pages)
seen["user parameters"] = [p["ParameterName"] for page in pages for p in page["Parameters"] if p["Source"] == "user"]

created = rds.create_db_instance(
    DBInstanceIdentifier="boto-source",
    Engine="postgres",
    EngineVersion="17",
    DBInstanceClass="db.t3.micro",
    AllocatedStorage=20,
    MasterUsername="master_user",
    MasterUserPassword="correct-horse",
    DBParameterGroupName="boto",
    EnableCloudwatchLogsExports=["postgresql"],
    Tags=[{"Key": "made", "Value": "by boto3"}],
)["DBInstance"]
seen["created"] = [created["DBInstanceStatus"], created["EngineVersion"]]
wait("db_instance_available", DBInstanceIdentifier="boto-source")
found = rds.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": ["boto-source"]}])["DBInstances"]
seen["found"] = [found[0]["DBInstanceStatus"], found[0]["Endpoint"]["Address"], found[0]["EnabledCloudwatchLogsExports"]]
seen["tags"] = rds.list_tags_for_resource(ResourceName=found[0]["DBInstanceArn"])["TagList"]

rds.create_db_snapshot(DBSnapshotIdentifier="boto-snapshot", DBInstanceIdentifier="boto-source")
wait("db_snapshot_available", DBSnapshotIdentifier="boto-snapshot")

rds.create_db_cluster(
    DBClusterIdentifier="boto-target",
    Engine="aurora-postgresql",
    EngineVersion="17",
    MasterUsername="clustermaster",
    ManageMasterUserPassword=True,
    ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 2},
)
wait("db_cluster_available", DBClusterIdentifier="boto-target")
rds.create_db_instance(
    DBInstanceIdentifier="boto-target-1",
    DBClusterIdentifier="boto-target",
    Engine="aurora-postgresql",
    DBInstanceClass="db.serverless",
)
wait("db_instance_available", DBInstanceIdentifier="boto-target-1")
cluster = rds.describe_db_clusters(DBClusterIdentifier="boto-target")["DBClusters"][0]
seen["cluster"] = [cluster["Status"], [m["DBInstanceIdentifier"] for m in cluster["DBClusterMembers"]]]
secrets = boto3.client(
    "secretsmanager",
    endpoint_url=sys.argv[3],
    region_name=region,
    aws_access_key_id="local",
    aws_secret_access_key="local",
)
secret = json.loads(secrets.get_secret_value(SecretId=cluster["MasterUserSecret"]["SecretArn"])["SecretString"])
seen["secret of"] = secret["username"]
seen["login"] = {"port": cluster["Port"], "user": secret["username"], "password": secret["password"]}

seen["refused"] = [
    refused(rds.describe_db_instances, DBInstanceIdentifier="nobody"),
    refused(rds.create_db_snapshot, DBSnapshotIdentifier="boto-snapshot", DBInstanceIdentifier="boto-source"),
    refused(rds.delete_db_cluster, DBClusterIdentifier="boto-target", SkipFinalSnapshot=True),
    refused(rds.delete_db_instance, DBInstanceIdentifier="boto-source"),
    refused(rds.describe_certificates),
]

rds.delete_db_instance(DBInstanceIdentifier="boto-source", FinalDBSnapshotIdentifier="boto-final")
wait("db_instance_deleted", DBInstanceIdentifier="boto-source")
seen["snapshots"] = sorted(s["DBSnapshotIdentifier"] for s in rds.describe_db_snapshots()["DBSnapshots"])
print(json.dumps(seen))
