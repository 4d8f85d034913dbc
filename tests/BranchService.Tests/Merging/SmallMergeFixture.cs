using Dendrite.Fixtures.Postgres;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>A service whose merges go through two records, of a thousand bytes together.</summary>
public sealed class SmallMergeFixture : BranchServiceFixture
{
    protected override IReadOnlyDictionary<string, string?> SettingsOf(TestDatabase database) =>
        new Dictionary<string, string?>(base.SettingsOf(database))
        {
            ["Branches:MaxMergeRecords"] = "2",
            ["Branches:MaxMergeDocumentBytes"] = "1000",
        };
}
