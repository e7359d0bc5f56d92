"""Functions of the runtimes provided.*, each environment a process on this machine that is started again when it has ended."""

import json
import os
import pathlib
import queue
import subprocess
import tempfile
import threading
import time

from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from regua_localstack.runtimeapi import RuntimeAPI


class ProcessExecutor(RuntimeExecutor):
    """One environment: at most one process, and one invocation at a time."""

    def __init__(self, id: str, function_version: FunctionVersion):
        super().__init__(id=id, function_version=function_version)
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen | None = None
        self._api: RuntimeAPI | None = None
        self._output = tempfile.TemporaryFile()
        self._stopped = False

    def start(self, env_vars: dict[str, str]):
        self._environment = {name: str(value) for name, value in env_vars.items()}
        failure = self._launch()
        if failure is not None:
            raise StatusErrorException("the function's process did not start", payload=failure)

    def stop(self):
        self._stopped = True
        self._end()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request, written = payload["invoke-id"], self._written()
        failed, body = True, self._launch() if self._process is None else None
        if body is None:
            failed, body = self._serve(request, payload)
        return InvocationResult(request, body, is_error=failed, logs=self._log(request, written))

    def get_logs(self) -> str:
        return self._read(0)

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return ""  # where the container's init would report to

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion):
        pass

    def _launch(self) -> bytes | None:
        """Starts the process and waits until it asks for work; what it says instead is the failure."""
        code = pathlib.Path(self.function_version.config.code.get_unzipped_code_location())
        bootstrap = code / "bootstrap"
        bootstrap.chmod(0o755)
        self._api = api = RuntimeAPI()
        environment = self._environment | {
            "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": str(code), "PATH": os.environ["PATH"],
        }
        self._process = process = subprocess.Popen(
            [bootstrap], cwd=code, env=environment, stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT)
        threading.Thread(target=lambda: api.events.put(("exit", str(process.wait()).encode())), daemon=True).start()
        if self._stopped:  # while it was started
            process.kill()
        kind, body = api.events.get()  # LocalStack stops an environment that takes too long
        if kind == "next":
            return None
        self._end()
        return _exit_failure(self.id, body) if kind == "exit" else body

    def _serve(self, request: str, payload: dict[str, str]) -> tuple[bool, bytes]:
        """Runs one invocation, which ends when the process asks for the next one."""
        limit = int(self.function_version.config.timeout)
        deadline = time.time() + limit
        self._api.give({
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": payload["invoked-function-arn"],
            "Lambda-Runtime-Trace-Id": payload["trace-id"],
        }, payload["payload"])
        result = None
        while True:
            try:
                kind, body = self._api.events.get(timeout=max(0, deadline - time.time()))
            except queue.Empty:
                self._end()
                return True, _failure("Sandbox.Timedout", f"RequestId: {request} Error: Task timed out after {limit}.00 seconds")
            if kind == "next":
                return result
            if kind == "exit":
                self._end()
                return result or (True, _exit_failure(request, body))
            result = (kind == "error", body)

    def _end(self):
        process, api, self._process, self._api = self._process, self._api, None, None
        if process is not None:
            process.kill()
            process.wait()
        if api is not None:
            api.close()

    def _written(self) -> int:
        return os.fstat(self._output.fileno()).st_size

    def _read(self, start: int) -> str:
        return os.pread(self._output.fileno(), self._written() - start, start).decode(errors="replace")

    def _log(self, request: str, start: int) -> str:
        version = self.function_version.id.qualifier
        return f"START RequestId: {request} Version: {version}\n{self._read(start)}END RequestId: {request}\nREPORT RequestId: {request}"


def _failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _exit_failure(request: str, status: bytes) -> bytes:
    return _failure("Runtime.ExitError", f"RequestId: {request} Error: Runtime exited with error: exit status {status.decode()}")
