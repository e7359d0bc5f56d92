"""What moto's DynamoDB lacks to serve functions that run at once.

Its tables know no locks: a transaction copies them while another call writes, and fails or loses that write. And it copies the whole
table once for each item of a transaction, which takes most of a second at a thousand items.
"""

import copy
import threading
import types

from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from localstack.services.moto import MotoFallbackDispatcher


def one_at_a_time(provider):
    """The dispatch table of a provider whose calls wait for each other."""
    _keep_only_what_changes()
    lock = threading.Lock()

    def locked(handler):
        def call(context, request):
            with lock:
                return handler(context, request)

        return call

    return {operation: locked(handler) for operation, handler in MotoFallbackDispatcher(provider).items()}


def _keep_only_what_changes():
    """Lets a transaction that fails restore the items that it names, not whole tables."""
    models.copy = types.SimpleNamespace(deepcopy=lambda x: x if isinstance(x, Table) else copy.deepcopy(x))
    write = models.DynamoDBBackend.transact_write_items

    def transact_write_items(self, transact_items):
        before = [_Place(self.tables, op) for item in transact_items for op in item.values()]
        try:
            write(self, transact_items)
        except Exception:
            for place in before:
                place.restore()
            raise

    models.DynamoDBBackend.transact_write_items = transact_write_items


class _Place:
    """One item of a table as it is now."""

    def __init__(self, tables, op):
        self._table = table = tables.get(op.get("TableName"))
        if table is not None:
            key = op.get("Key") or op.get("Item")
            self._hash = DynamoType(key[table.hash_key_attr])
            self._range = DynamoType(key[table.range_key_attr])  # the product's only table has both
            self._item = copy.deepcopy(table.get_item(self._hash, self._range))

    def restore(self):
        if self._table is None:
            return
        if self._item is None:
            self._table.items[self._hash].pop(self._range, None)
        else:
            self._table.items[self._hash][self._range] = self._item
