using Dendrite.Contracts.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.EndToEnd.Clinical;

/// <summary>
/// What a data manager does with a study: load it, correct it on two branches, bring both together, and answer for each
/// value afterwards.
/// </summary>
public sealed class PilotStudyTests(Platform platform) : IClassFixture<Platform>
{
    [Fact]
    public async Task The_pilot_study_is_loaded_corrected_on_two_branches_and_merged()
    {
        var tables = PilotTables.FindReal();
        Assert.SkipUnless(tables is not null, PilotTables.Missing);
        await RunAsync("pilot", tables!);
    }

    [Fact]
    public Task A_study_of_the_same_shape_is_loaded_corrected_on_two_branches_and_merged() =>
        RunAsync("made-up", PilotTables.Make());

    private async Task RunAsync(string study, PilotTables tables)
    {
        using var ann = new Curator(platform, Platform.AnnsKey);
        using var ben = new Curator(platform, Platform.BensKey);
        await LoadAsync(ann, study, tables);
        var lab = (await ann.FindAsync(study, "lb", "LBSTRESN > 0"))[0];
        var subject = lab.Split(',')[0];

        await MergeOfDifferentCellsAsync((ann, ben), study, subject, lab);
        await MergeOfTheSameCellAsync((ann, ben), study, lab);
        await MergeThatBreaksAReferenceAsync((ann, ben), study, subject);
    }

    private static async Task LoadAsync(Curator ann, string study, PilotTables tables)
    {
        await ann.ForkAsync(study, "main");
        foreach (var (id, dataset, csv) in tables.All())
        {
            var rows = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1;
            Assert.Equal(rows, await ann.LoadAsync(study, id, dataset, csv));
        }
    }

    private static async Task MergeOfDifferentCellsAsync(
        (Curator Ann, Curator Ben) people,
        string study,
        string subject,
        string lab
    )
    {
        var (ann, ben) = people;
        var before = await ann.CellAsync(study, "lb", lab, "LBSTRESN");
        await ann.ForkAsync($"{study}-labs", study);
        await ben.ForkAsync($"{study}-sites", study);
        await ann.CorrectAsync($"{study}-labs", "lb", lab, "LBSTRESN", "41.5");
        await ann.CorrectAsync($"{study}-labs", "dm", subject, "AGE", "64");
        await ben.CorrectAsync($"{study}-sites", "lb", lab, "LBNRIND", "LOW");
        await ben.CorrectAsync($"{study}-sites", "dm", subject, "ARM", "Screen Failure");

        await ann.MergeAsync($"{study}-labs", study);
        await ben.MergeAsync($"{study}-sites", study);

        Assert.Equal("41.5", await ann.CellAsync(study, "lb", lab, "LBSTRESN"));
        Assert.Equal("LOW", await ann.CellAsync(study, "lb", lab, "LBNRIND"));
        Assert.Equal("64", await ann.CellAsync(study, "dm", subject, "AGE"));
        Assert.Equal("Screen Failure", await ann.CellAsync(study, "dm", subject, "ARM"));
        var audit = await ben.AuditAsync(study, "lb", lab, "LBSTRESN");
        Assert.Equal([$"ann {study}-labs {before} -> 41.5", $"ann {study}  -> {before}"], audit);
    }

    private static async Task MergeOfTheSameCellAsync((Curator Ann, Curator Ben) people, string study, string lab)
    {
        var (ann, ben) = people;
        await ann.ForkAsync($"{study}-paper", study);
        await ben.ForkAsync($"{study}-device", study);
        await ann.CorrectAsync($"{study}-paper", "lb", lab, "LBSTRESN", "42.0");
        await ben.CorrectAsync($"{study}-device", "lb", lab, "LBSTRESN", "43.0");
        await ann.MergeAsync($"{study}-paper", study);

        await RefusedAsync(StatusCode.Aborted, "MergeConflict", () => ben.MergeAsync($"{study}-device", study));
        Assert.Equal("42.0", await ben.CellAsync(study, "lb", lab, "LBSTRESN"));

        var conflict = Assert.Single((await ben.PreviewAsync($"{study}-device", study)).Conflicts);
        var cell = Assert.Single(conflict.Record.Cells);
        Assert.Equal(("lb", lab, "LBSTRESN"), (conflict.Record.DatasetId, conflict.Record.RecordId, cell.Column));
        Assert.Equal(
            ("41.5", "43.0", "42.0"),
            (cell.Base.StringValue, cell.Source.StringValue, cell.Target.StringValue)
        );

        var resolution = new Resolution
        {
            ConflictId = conflict.ConflictId,
            Cells = new() { Fields = { ["LBSTRESN"] = Value.ForString("42.5") } },
            Reason = "measured again",
        };
        await ben.MergeAsync($"{study}-device", study, new() { Resolutions = { resolution } });

        Assert.Equal("42.5", await ann.CellAsync(study, "lb", lab, "LBSTRESN"));
        var audit = await ann.AuditAsync(study, "lb", lab, "LBSTRESN");
        Assert.StartsWith($"ben {study} ", audit[0]);
        Assert.EndsWith("-> 42.5", audit[0]);
        Assert.Contains($"ben {study}-device 41.5 -> 43.0", audit);
    }

    // One side lets a subject go with all that was seen in it, the other adds a value for the same subject.
    private static async Task MergeThatBreaksAReferenceAsync(
        (Curator Ann, Curator Ben) people,
        string study,
        string subject
    )
    {
        var (ann, ben) = people;
        await ann.ForkAsync($"{study}-withdrawn", study);
        await ben.ForkAsync($"{study}-late", study);
        await ann.RemoveSubjectAsync($"{study}-withdrawn", subject);
        await ben.AddLabValueAsync($"{study}-late", subject, 9_000);
        await ann.MergeAsync($"{study}-withdrawn", study);
        Assert.Empty(await ann.FindAsync(study, "lb", $"USUBJID = \"{subject}\""));

        var failure = await RefusedAsync(
            StatusCode.Aborted,
            "MergeConflict",
            () => ben.MergeAsync($"{study}-late", study)
        );

        Assert.Contains($"{subject},9000", failure.Status.Detail);
        var preview = await ben.PreviewAsync($"{study}-late", study);
        Assert.Equal(ConflictKind.Reference, Assert.Single(preview.Conflicts).Kind);
        Assert.Empty(await ann.FindAsync(study, "lb", $"USUBJID = \"{subject}\""));
        Assert.Equal([$"{subject},9000"], await ben.FindAsync($"{study}-late", "lb", "LBSEQ = 9000"));
    }

    private static async Task<RpcException> RefusedAsync(StatusCode status, string reason, Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal((status, reason), (failure.StatusCode, $"{ErrorStatus.FromRpcException(failure)!.Reason}"));
        return failure;
    }
}
