namespace Dendrite.Storage.Requests;

/// <summary>
/// Who changes something, and by which request: kept in the audit, and for answering a repeated request.
/// </summary>
/// <param name="Actor">The label of the API key.</param>
/// <param name="Method">The RPC, such as <c>CreateBranch</c>.</param>
/// <param name="Resource">The resource name of what is changed.</param>
public sealed record Mutation(string Actor, string Method, string Resource)
{
    /// <summary>The request's own id; null where the caller gave none and a repetition is a new request.</summary>
    public Guid? RequestId { get; init; }

    /// <summary>SHA-256 of the request, so that an id used again for another request is noticed. 32 bytes.</summary>
    public byte[] RequestDigest { get; init; } = new byte[32];

    /// <summary>
    /// Whether a deletion that finds nothing is done too, and is remembered: a repeated one then deletes nothing that
    /// was made since.
    /// </summary>
    public bool AllowsMissing { get; init; }

    /// <summary>What else the audit keeps, such as the reason that was given.</summary>
    public IReadOnlyDictionary<string, string> Detail { get; init; } = new Dictionary<string, string>();
}
