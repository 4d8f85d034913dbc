using System.Collections.Concurrent;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>What something that is followed is found like, look after look.</summary>
internal abstract class FakeLooks<T>
    where T : class
{
    /// <summary>Each look takes one; an exception is how it is answered. The last one stays.</summary>
    public ConcurrentQueue<object> Looks { get; } = new();

    /// <summary>How many looks there were.</summary>
    public int LookCount { get; private set; }

    /// <summary>After so many looks.</summary>
    public (int Count, Action Act) After { get; set; } = (int.MaxValue, () => { });

    public T Look()
    {
        LookCount++;
        if (LookCount == After.Count)
            After.Act();
        var isLast = Looks.Count == 1;
        Looks.TryPeek(out var next);
        if (!isLast)
            Looks.TryDequeue(out _);
        return next as T ?? throw (Exception)next!;
    }
}
