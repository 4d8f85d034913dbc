using System.Globalization;

namespace StackExchange.Redis;

/// <summary>A reply of any shape: a value, or an array of replies.</summary>
public abstract class RedisResult
{
    public abstract bool IsNull { get; }

    public abstract ResultType Type { get; }

    /// <summary>The number of items of an array; -1 for anything else.</summary>
    public virtual int Length => -1;

    public virtual RedisResult this[int index] =>
        throw new InvalidOperationException("Indexers can only be used on array results");

    public static RedisResult Create(RedisValue value, ResultType? resultType = null) => new Single(value, resultType);

    public static RedisResult Create(RedisResult[] values) => new Items(values);

    public sealed override string ToString() => (string?)this ?? "";

    public static explicit operator RedisValue(RedisResult? result) => result?.AsValue() ?? RedisValue.Null;

    public static explicit operator string?(RedisResult? result) => (RedisValue)result;

    public static explicit operator byte[]?(RedisResult? result) => (RedisValue)result;

    public static explicit operator long(RedisResult result) => (long)result.AsValue();

    public static explicit operator int(RedisResult result) => (int)result.AsValue();

    public static explicit operator bool(RedisResult result) => (bool)result.AsValue();

    public static explicit operator RedisResult[]?(RedisResult? result) => result?.AsItems();

    public static explicit operator RedisValue[]?(RedisResult? result) =>
        result?.AsItems() is { } items ? Array.ConvertAll(items, item => item.AsValue()) : null;

    private protected abstract RedisValue AsValue();

    private protected abstract RedisResult[]? AsItems();

    private sealed class Single(RedisValue value, ResultType? type) : RedisResult
    {
        public override bool IsNull => value.IsNull;

        public override ResultType Type =>
            type
            ?? (
                value.IsNull ? ResultType.Null
                : value.IsInteger ? ResultType.Integer
                : ResultType.BulkString
            );

        private protected override RedisValue AsValue() => value;

        private protected override RedisResult[]? AsItems() => value.IsNull ? null : [this];
    }

    private sealed class Items(RedisResult[] items) : RedisResult
    {
        public override bool IsNull => false;

        public override ResultType Type => ResultType.Array;

        public override int Length => items.Length;

        public override RedisResult this[int index] => items[index];

        private protected override RedisValue AsValue() =>
            items.Length == 1
                ? items[0].AsValue()
                : throw new InvalidCastException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"An array of {items.Length} replies is not a single value."
                    )
                );

        private protected override RedisResult[] AsItems() => items;
    }
}
