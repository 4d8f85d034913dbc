using Dendrite.Errors;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>How branches and tags of experiments are called.</summary>
public sealed class ExperimentNamesTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 21, 0, 0, 0, 500, TimeSpan.Zero);

    [Theory]
    [InlineData("night-{purpose}-v{n}", "night-sleep-v12", 12)]
    [InlineData("night-{date}-{n}-of-{purpose}", "night-20261121-3-of-sleep", 3)]
    // The day was taken just before midnight.
    [InlineData("night-{date}-{n}-of-{purpose}", "night-20261120-3-of-sleep", 3)]
    [InlineData("night-{date}-{n}-of-{purpose}", "night-20261119-3-of-sleep", null)]
    [InlineData("night-{purpose}-v{n}", "night-other-v12", null)]
    [InlineData("night-{purpose}-v{n}", "night-sleep-v012", null)]
    [InlineData("night-{purpose}-v{n}", "night-sleep-v", null)]
    [InlineData("night-{purpose}", "night-sleep", null)]
    public void The_number_of_a_branch_is_read_out_of_its_name(string template, string branch, int? number) =>
        Assert.Equal(number, NamesOf(template, "x").NumberIn(branch, Midnight));

    [Theory]
    [InlineData("result-{purpose}", "result-sleep")]
    [InlineData("result-{date}-v{n}", "result-20261121-v7")]
    [InlineData("result", "result")]
    public void A_tag_has_the_values_of_the_branch(string tag, string expected)
    {
        var names = NamesOf("night-{purpose}-v{n}", tag);
        names.Check();
        Assert.Equal(expected, names.TagOf(names.Definition.Steps[1], 7, Midnight));
    }

    [Theory]
    [InlineData("night-{purpose}", "result-v{n}", "no number")]
    [InlineData("night-{purpose}-v{n}", "result-{site}", "has no 'site'")]
    [InlineData("night-{site}-v{n}", "result", "has no 'site'")]
    [InlineData("night-v{n}", "result", "is no part of the template")]
    [InlineData(null, "result", "has no naming template")]
    [InlineData(null, "result-{site}", "has no 'site'")]
    public void Values_that_make_no_names_are_refused_before_anything_is_made(string? template, string tag, string why)
    {
        var refused = Assert.Throws<DendriteException>(NamesOf(template, tag).Check);
        Assert.Equal(ErrorReason.InvalidArgument, refused.Reason);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("night-{date}-v{n}")]
    public void Values_that_only_a_tag_needs_are_taken_and_left_out_of_the_branch(string? template)
    {
        var names = NamesOf(template, "result-{purpose}");
        names.Check();
        Assert.Empty(names.BranchValues);
        Assert.Equal("result-sleep", names.TagOf(names.Definition.Steps[1], 7, Midnight));
        Assert.Equal(["result-sleep"], names.TagsKnownAt(Midnight));
        // Of a tag with a number, or of none, nothing is known before.
        Assert.Empty(NamesOf("night-{purpose}-v{n}", "result-v{n}").TagsKnownAt(Midnight));
    }

    [Fact]
    public void Without_a_template_the_branch_is_called_by_workflow_day_and_run()
    {
        var names = ExperimentNames.Of(WorkflowOf("result"), new Dictionary<string, string>(), Templates(null));
        var run = new Guid("0192f0c4-0000-7000-8000-0000abcdef01");
        Assert.Equal("sleep-20261121-abcdef01", names.BranchIdFor("sleep", run, Midnight));
        var longest = names.BranchIdFor($"{new string('x', 44)}-{new string('y', 18)}", run, Midnight);
        Assert.Equal($"{new string('x', 44)}-20261121-abcdef01", longest);
        Assert.Equal("", NamesOf("night-{purpose}", "result").BranchIdFor("sleep", run, Midnight));
    }

    [Fact]
    public void The_values_of_a_run_come_over_those_of_the_fork()
    {
        var workflow = WorkflowOf("result");
        workflow.Steps[0].Fork.TemplateValues.Add("purpose", "rest");
        workflow.Steps[0].Fork.TemplateValues.Add("site", "berlin");
        var given = new Dictionary<string, string> { ["purpose"] = "sleep" };
        var names = ExperimentNames.Of(workflow, given, Templates("night-{purpose}-{site}"));
        Assert.Equal(("sleep", "berlin"), (names.Values["purpose"], names.Values["site"]));
    }

    private static ExperimentNames NamesOf(string? template, string tag) =>
        ExperimentNames.Of(
            WorkflowOf(tag),
            new Dictionary<string, string> { ["purpose"] = "sleep" },
            Templates(template)
        );

    private static Dictionary<string, string> Templates(string? template) =>
        template is null ? [] : new() { ["experiment"] = template };

    private static Workflow WorkflowOf(string tag) =>
        new()
        {
            Steps =
            {
                new WorkflowStep { StepId = "fork", Fork = new() },
                new WorkflowStep { StepId = "name", TagId = tag },
            },
        };
}
