using System.Diagnostics;
using System.Text;

namespace StackExchange.Redis.Protocol;

/// <summary>One reply as it came off the wire.</summary>
[DebuggerDisplay("{Type} {Number} {Text}")]
internal readonly struct Reply
{
    private Reply(ResultType type, long number, byte[]? bytes, Reply[]? items)
    {
        Type = type;
        Number = number;
        Bytes = bytes;
        Items = items;
    }

    public ResultType Type { get; }

    /// <summary>The value of an integer reply.</summary>
    public long Number { get; }

    /// <summary>The content of a string, simple or bulk, and of an error.</summary>
    public byte[]? Bytes { get; }

    /// <summary>The items of an array.</summary>
    public Reply[]? Items { get; }

    public string Text => Bytes is null ? "" : Encoding.UTF8.GetString(Bytes);

    public static Reply Null { get; } = new(ResultType.Null, 0, bytes: null, items: null);

    public static Reply Integer(long number) => new(ResultType.Integer, number, bytes: null, items: null);

    public static Reply Bulk(byte[] bytes) => new(ResultType.BulkString, 0, bytes, items: null);

    public static Reply Simple(byte[] bytes) => new(ResultType.SimpleString, 0, bytes, items: null);

    public static Reply Error(byte[] message) => new(ResultType.Error, 0, message, items: null);

    public static Reply Array(Reply[] items) => new(ResultType.Array, 0, bytes: null, items);

    /// <exception cref="RedisServerException">The reply is an error.</exception>
    public RedisValue AsValue() =>
        Type switch
        {
            ResultType.Null => RedisValue.Null,
            ResultType.Integer => Number,
            ResultType.BulkString or ResultType.SimpleString => Bytes,
            ResultType.Error => throw new RedisServerException(Text),
            _ => throw new InvalidCastException($"An array of {Items!.Length} replies is not a single value."),
        };

    public RedisValue[] AsValues() => Items is null ? [] : System.Array.ConvertAll(Items, item => item.AsValue());

    public RedisResult AsResult() =>
        Type is ResultType.Array
            ? RedisResult.Create(System.Array.ConvertAll(Items!, item => item.AsResult()))
            : RedisResult.Create(Type is ResultType.Error ? (RedisValue)Bytes : AsValue(), Type);
}
