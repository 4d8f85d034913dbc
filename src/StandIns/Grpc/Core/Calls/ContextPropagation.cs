namespace Grpc.Core;

/// <summary>Ties a client call to the server call within which it is made.</summary>
public abstract class ContextPropagationToken
{
    internal ContextPropagationToken() { }
}

/// <summary>What a <see cref="ContextPropagationToken"/> passes on.</summary>
public class ContextPropagationOptions
{
    /// <summary>Deadline and cancellation are both passed on.</summary>
    public static readonly ContextPropagationOptions Default = new();

    /// <summary>Chooses what is passed on.</summary>
    public ContextPropagationOptions(bool propagateDeadline = true, bool propagateCancellation = true)
    {
        IsPropagateDeadline = propagateDeadline;
        IsPropagateCancellation = propagateCancellation;
    }

    /// <summary>Whether the deadline is passed on.</summary>
    public bool IsPropagateDeadline { get; }

    /// <summary>Whether cancellation is passed on.</summary>
    public bool IsPropagateCancellation { get; }
}
