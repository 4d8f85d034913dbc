namespace Dendrite.Contracts.Paging;

/// <summary>How many items a page holds (AIP-158): a caller's wish is bounded, never refused for being large.</summary>
public static class PageSize
{
    /// <summary>Items of a page where the caller does not say.</summary>
    public const int Default = 100;

    /// <summary>
    /// Most items of a page: with resources of a few hundred bytes, well under gRPC's 4 MB message; larger ones are
    /// bounded by <see cref="PageBytes"/> too.
    /// </summary>
    public const int Max = 1_000;

    /// <summary>The size to use.</summary>
    /// <param name="requested">The request's <c>page_size</c>; 0 means the default.</param>
    /// <param name="defaultSize">For 0.</param>
    /// <param name="maxSize">Upper bound.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.InvalidArgument"/> for a negative one.</exception>
    public static int Resolve(int requested, int defaultSize = Default, int maxSize = Max) =>
        requested switch
        {
            < 0 => throw DendriteException.Invalid("page_size", $"{requested} is negative; use 0 for {defaultSize}"),
            0 => defaultSize,
            _ => Math.Min(requested, maxSize),
        };
}
