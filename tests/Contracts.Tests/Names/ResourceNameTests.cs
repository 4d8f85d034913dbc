using Dendrite.Contracts.Names;
using Dendrite.Errors;

namespace Dendrite.Contracts.Tests.Names;

public sealed class ResourceNameTests
{
    private delegate bool TryParse(string? name, out string again);

    private static readonly Dictionary<string, TryParse> Parsers = new(StringComparer.Ordinal)
    {
        ["projects/lab"] = Through<ProjectName>(ProjectName.TryParse),
        ["projects/lab/branches/main"] = Through<BranchName>(BranchName.TryParse),
        ["projects/lab/tags/as-submitted"] = Through<TagName>(TagName.TryParse),
        ["projects/lab/assertions/one-subject-each"] = Through<AssertionName>(AssertionName.TryParse),
        ["projects/lab/branches/trial-7/streams/eeg-256hz"] = Through<StreamName>(StreamName.TryParse),
        ["projects/lab/branches/trial-7/datasets/dm"] = Through<DatasetName>(DatasetName.TryParse),
        ["projects/lab/branches/trial-7/commits/9223372036854775807"] = Through<CommitName>(CommitName.TryParse),
        ["projects/lab/jobs/nightly"] = Through<JobName>(JobName.TryParse),
        ["projects/lab/jobs/nightly/runs/0192f0c4-0000-7000-8000-000000000000"] = Through<RunName>(RunName.TryParse),
        ["projects/lab/operations/0192f0c4"] = Through<OperationName>(OperationName.TryParse),
        ["projects/lab/workflows/sleep-study"] = Through<WorkflowName>(WorkflowName.TryParse),
        ["projects/lab/retentionPolicies/failed-1d"] = Through<RetentionPolicyName>(RetentionPolicyName.TryParse),
    };

    public static TheoryData<string> GoodNames => [.. Parsers.Keys];

    [Theory]
    [MemberData(nameof(GoodNames))]
    public void A_name_is_written_as_it_was_read(string name)
    {
        Assert.True(Parsers[name](name, out var again));
        Assert.Equal(name, again);
    }

    [Theory]
    [MemberData(nameof(GoodNames))]
    public void A_name_is_read_by_its_own_type_only(string name) =>
        Assert.Equal([name], Parsers.Where(parser => parser.Value(name, out _)).Select(parser => parser.Key));

    [Theory]
    [MemberData(nameof(GoodNames))]
    public void A_changed_name_is_refused(string name)
    {
        string[] changed =
        [
            name + "/",
            "/" + name,
            name + " ",
            name + "\0",
            name + "/more",
            name.ToUpperInvariant(),
            name.Replace("/", "//", StringComparison.Ordinal),
            name.Replace("lab", "", StringComparison.Ordinal),
            name.Replace("lab", "-", StringComparison.Ordinal),
            name.Replace("lab", "../lab", StringComparison.Ordinal),
        ];
        Assert.All(changed, wrong => Assert.False(Parsers[name](wrong, out _), wrong));
    }

    [Theory]
    [InlineData("projects/lab/branches/", "an empty id")]
    [InlineData("projects/lab/branches/Main", "a capital letter")]
    [InlineData("projects/lab/branches/1st", "a digit first")]
    [InlineData("projects/lab/branches/-a", "a hyphen first")]
    [InlineData("projects/lab/branches/a-", "a hyphen last")]
    [InlineData("projects/lab/branches/a_b", "an underscore")]
    [InlineData("projects/lab/branches/größe", "a letter outside ASCII")]
    [InlineData("projects/lab/branches/a\nb", "a line break")]
    [InlineData("projects/lab/branches/a%2fb", "a percent sign")]
    [InlineData("projects/lab/branches", "no id")]
    [InlineData("projects/lab/tags/main", "another collection")]
    [InlineData("branches/main", "no project")]
    [InlineData("", "nothing")]
    [InlineData(null, "null")]
    public void A_malformed_branch_name_is_refused(string? name, string because) =>
        Assert.False(BranchName.TryParse(name, out _), because);

    [Theory]
    [InlineData("0")]
    [InlineData("007")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("9223372036854775808")]
    [InlineData("head")]
    public void A_version_has_one_spelling(string version) =>
        Assert.False(CommitName.TryParse($"projects/lab/branches/main/commits/{version}", out _));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void An_id_holds_up_to_63_characters(int length, bool good) =>
        Assert.Equal(good, BranchName.TryParse($"projects/lab/branches/{new string('a', length)}", out _));

    [Fact]
    public void A_refusal_names_the_field_the_value_and_the_form()
    {
        var error = Assert.Throws<DendriteException>(() =>
            BranchName.Parse("projects/lab/branch/a\u001b[2J", "parent")
        );

        Assert.Equal(ErrorReason.MalformedName, error.Reason);
        Assert.Equal("parent", Assert.Single(error.FieldViolations).Field);
        Assert.Contains("'projects/lab/branch/a?[2J'", error.Message, StringComparison.Ordinal);
        Assert.Contains("projects/{project}/branches/{branch}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_does_not_repeat_a_megabyte()
    {
        var error = Assert.Throws<DendriteException>(() => ProjectName.Parse(new string('a', 1 << 20)));

        Assert.InRange(error.Message.Length, 1, 500);
    }

    [Fact]
    public void A_name_knows_its_parent() =>
        Assert.Equal(
            "projects/lab",
            StreamName.Parse("projects/lab/branches/main/streams/eeg").Parent.Parent.ToString()
        );

    private static TryParse Through<TName>(NameParser<TName> parser) =>
        (string? name, out string again) =>
        {
            var read = parser(name, out var result);
            again = read ? result!.ToString()! : "";
            return read;
        };

    private delegate bool NameParser<TName>(string? name, out TName result);
}
