using System.Globalization;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tags;

namespace Dendrite.Storage.Tests.Histories;

/// <summary>Tags by number.</summary>
internal sealed class TagWriterLab(Lab lab)
{
    private readonly TagWriter writer = new(lab.Database, lab.Snapshots);
    private int count;

    public Task<TagRecord> TagAsync(string branch) =>
        writer.CreateAsync(
            lab.Project,
            new(Name(count++), lab.NewUid(), branch, SnapshotPoint.Head) { Creator = "tests" },
            Lab.Mutation(),
            TestContext.Current.CancellationToken
        );

    public static string Name(int tag) => $"t{tag.ToString(CultureInfo.InvariantCulture)}";
}
