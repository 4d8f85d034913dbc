namespace StackExchange.Redis;

/// <summary>When a value that is being set goes away by itself. The default is never.</summary>
public readonly struct Expiration : IEquatable<Expiration>
{
    private readonly bool keepsTtl;

    private Expiration(TimeSpan? timeToLive, bool keepsTtl)
    {
        TimeToLive = timeToLive;
        this.keepsTtl = keepsTtl;
    }

    /// <param name="ttl">Counted from the moment the server sets the value, to the millisecond.</param>
    public Expiration(TimeSpan ttl)
        : this(ttl, keepsTtl: false) { }

    public static Expiration Default => default;

    /// <summary>Whatever the key's present value has.</summary>
    public static Expiration KeepTtl { get; } = new(timeToLive: null, keepsTtl: true);

    internal TimeSpan? TimeToLive { get; }

    public static implicit operator Expiration(TimeSpan ttl) => new(ttl);

    public bool Equals(Expiration other) => keepsTtl == other.keepsTtl && TimeToLive == other.TimeToLive;

    public override bool Equals(object? obj) => obj is Expiration other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(keepsTtl, TimeToLive);

    public override string ToString() => keepsTtl ? "KEEPTTL" : TimeToLive?.ToString() ?? "";

    internal static Expiration Of(TimeSpan? ttl, bool keepTtl) =>
        ttl is null && !keepTtl ? default : new Expiration(ttl, keepTtl && ttl is null);

    /// <summary>
    /// Adds the options of SET. Redis refuses a time to live of zero or less, so the caller learns it here.
    /// </summary>
    internal void AppendTo(List<RedisValue> arguments)
    {
        if (keepsTtl)
        {
            arguments.Add("KEEPTTL");
        }
        else if (TimeToLive is { } ttl)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromMilliseconds(1), nameof(ttl));
            arguments.Add("PX");
            arguments.Add((long)ttl.TotalMilliseconds);
        }
    }
}
