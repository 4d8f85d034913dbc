namespace StackExchange.Redis;

/// <summary>What must hold of the key's present value for a write to happen. The default is always.</summary>
public readonly struct ValueCondition : IEquatable<ValueCondition>
{
    private readonly When when;

    private ValueCondition(When when) => this.when = when;

    public static ValueCondition Always => default;

    public static ValueCondition Exists { get; } = new(When.Exists);

    public static ValueCondition NotExists { get; } = new(When.NotExists);

    public static implicit operator ValueCondition(When when) => new(when);

    public bool Equals(ValueCondition other) => when == other.when;

    public override bool Equals(object? obj) => obj is ValueCondition other && Equals(other);

    public override int GetHashCode() => (int)when;

    public override string ToString() => when.ToString();

    internal void AppendTo(List<RedisValue> arguments)
    {
        if (when is When.Exists)
            arguments.Add("XX");
        else if (when is When.NotExists)
            arguments.Add("NX");
    }
}
