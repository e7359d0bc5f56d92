"""What LocalStack 4.14.0 needs on a machine without Docker and Java: functions as processes, and moto as DynamoDB.

The folder stands on PYTHONPATH, where its dist-info makes it known; nothing is installed.
"""

from localstack.aws.api.dynamodb import DynamodbApi
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider


class ProcessPlugin(RuntimeExecutorPlugin):
    """Chosen by LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    def load(self, *args, **kwargs):
        from regua_localstack.process import ProcessExecutor

        return ProcessExecutor


class EveryOperationFallsBack(DynamodbApi):
    """An API without an operation of its own."""


@aws_provider(api="dynamodb", name="moto")
def dynamodb_by_moto() -> Service:
    """Chosen by PROVIDER_OVERRIDE_DYNAMODB=moto."""
    from regua_localstack.table import one_at_a_time

    return Service.for_provider(EveryOperationFallsBack(), dispatch_table_factory=one_at_a_time)
