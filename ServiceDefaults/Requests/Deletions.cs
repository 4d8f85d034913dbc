using Dendrite.Errors;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>Answers <c>allow_missing</c> (AIP-135).</summary>
public static class Deletions
{
    /// <summary>
    /// Whether the deletion found what it was to delete. Where it did not and that is allowed, the caller wants it
    /// gone, and it is: false.
    /// </summary>
    /// <param name="notFound">The reason that says that there is none.</param>
    /// <exception cref="DendriteException">What the deletion throws, but for what is allowed.</exception>
    public static async Task<bool> FoundAsync(this Task deletion, bool allowMissing, ErrorReason notFound)
    {
        try
        {
            await deletion;
            return true;
        }
        catch (DendriteException missing) when (allowMissing && missing.Reason == notFound)
        {
            return false;
        }
    }
}
