using Dendrite.Contracts.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// Definitions that are well on either side and not together are refused before the merge is visible, and so are
/// records that a constraint of one side does not let the other delete.
/// </summary>
public sealed class MergedDefinitionTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Subject = Trial.Subject;

    private static readonly DatasetDefinition OfText = WithAge(age =>
        age with
        {
            Type = CellType.Text,
            FormerTypes = [CellType.Integer],
            Minimum = null,
            Maximum = null,
        }
    );

    public static TheoryData<string, DatasetDefinition, DatasetDefinition, string> Broken =>
        new()
        {
            {
                "column",
                Subject with
                {
                    Columns = Subject.Columns.RemoveAt(2),
                },
                Subject with
                {
                    Constraints = Subject.Constraints.Add(new UniqueConstraint("one_arm", [3])),
                },
                "subject.one_arm is over column arm, which one side dropped."
            },
            {
                "digits",
                OfDecimal(CellType.Text, null),
                OfDecimal(CellType.Decimal, 2),
                "subject.dose is text on one side and has 2 decimal digits on the other."
            },
            {
                "range",
                WithAge(age => age with { Minimum = CellValue.OfInteger(50) }),
                WithAge(age => age with { Maximum = CellValue.OfInteger(45) }),
                "subject.age has the minimum 50, which is above the maximum 45."
            },
            {
                "default",
                WithAge(age => age with { Minimum = CellValue.OfInteger(20) }),
                WithAge(age => age with { Default = CellValue.OfInteger(7) }),
                "subject.age has a default that it refuses: '7' is below the minimum 20."
            },
            {
                "bounds",
                OfText,
                Subject with
                {
                    Columns = Subject.Columns.SetItem(
                        1,
                        Subject.Columns[1] with
                        {
                            AllowedValues = [CellValue.OfInteger(40), CellValue.OfInteger(50)],
                        }
                    ),
                },
                "subject.age is text on one side, and the other bounds it as integer."
            },
            {
                "case",
                Subject with
                {
                    Constraints = Subject.Constraints.Add(new UniqueConstraint("of_age", [1, 2])),
                },
                Subject with
                {
                    Constraints = Subject.Constraints.Add(new UniqueConstraint("OF_AGE", [1, 3])),
                },
                "names differ in more than case."
            },
            {
                "key",
                Subject with
                {
                    Constraints = Subject.Constraints.Add(new ReferenceConstraint("of_lab", [1], "lab")),
                },
                WithAge(age => age with { Unit = "a" }),
                "subject.of_lab refers to dataset lab, which is not there after the merge."
            },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Definitions_that_do_not_hold_together_are_refused_and_say_why(
        string word,
        DatasetDefinition source,
        DatasetDefinition target,
        string problem
    )
    {
        var trial = await Trial.CreateAsync(fixture, $"broken-{word}");
        if (word == "digits")
        {
            await trial.DefineAsync("target", OfDecimal(CellType.Decimal, null));
            await MergeAsync(new() { Source = trial.Pair.Target, Target = trial.Pair.Source });
        }

        await trial.DefineAsync("source", source);
        await trial.DefineAsync("target", target);
        await trial.PutAsync("source", ("s3", 40, "placebo", "c3"));
        var before = await trial.HeadVersionAsync("target");

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial.Pair));

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        var check = StatusDetails.Find<CheckFailure>(StatusDetails.Find(failure)!)!;
        Assert.EndsWith(problem, check.Message, StringComparison.Ordinal);
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        Assert.Equal(check, Assert.Single(preview.CheckFailures));
        Assert.Equal(before, await trial.HeadVersionAsync("target"));
    }

    [Fact]
    public async Task Columns_of_both_sides_whose_names_differ_only_in_case_are_a_conflict()
    {
        var trial = await Trial.CreateAsync(fixture, "case-column");
        await trial.DefineAsync("source", WithColumn(new(5, "Weight", CellType.Decimal)));
        await trial.DefineAsync("target", WithColumn(new(6, "weight", CellType.Decimal)));

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Equal(ConflictKind.Schema, Assert.Single(preview.Conflicts).Kind);
        Assert.Empty(preview.CheckFailures);
        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial.Pair));
        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_reference_that_one_side_added_to_a_record_that_the_other_deleted_conflicts(
        string refers,
        string deletes
    )
    {
        var trial = await Trial.CreateAsync(fixture, $"lost-{refers}");
        await trial.DefineAsync("target", Trial.Visit with { Constraints = [] }, "visit");
        await trial.PutVisitAsync("target", "v1", "s1");
        await trial.PutVisitAsync("target", "v2", "s2");
        await MergeAsync(new() { Source = trial.Pair.Target, Target = trial.Pair.Source });
        await trial.DefineAsync(refers, Trial.Visit, "visit");
        await trial.DeleteAsync(deletes, "s1");

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial.Pair));

        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
        var conflict = StatusDetails.Find<Conflict>(StatusDetails.Find(failure)!)!;
        Assert.Equal(
            (ConflictKind.Reference, "visit", "v1", "s1"),
            (conflict.Kind, conflict.Record.DatasetId, conflict.Record.RecordId, conflict.Record.OtherRecordId)
        );
    }

    private static DatasetDefinition WithAge(Func<ColumnDefinition, ColumnDefinition> change) =>
        Subject with
        {
            Columns = Subject.Columns.SetItem(1, change(Subject.Columns[1])),
        };

    private static DatasetDefinition WithColumn(ColumnDefinition column) =>
        Subject with
        {
            Columns = Subject.Columns.Add(column),
        };

    private static DatasetDefinition OfDecimal(CellType type, int? digits) =>
        WithColumn(
            new(5, "dose", type)
            {
                DecimalDigits = digits,
                FormerTypes = type == CellType.Decimal ? [] : [CellType.Decimal],
            }
        );

    private async Task MergeAsync(MergePair pair) =>
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
}
