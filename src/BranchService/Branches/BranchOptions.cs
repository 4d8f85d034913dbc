namespace Dendrite.BranchService.Branches;

/// <summary>Configuration section <c>Branches</c>.</summary>
public sealed class BranchOptions
{
    public const string Section = "Branches";

    /// <summary>How long a deleted branch can be restored. Default: 30 days. Positive.</summary>
    public TimeSpan UndeleteWindow { get; set; } = TimeSpan.FromDays(30);
}
