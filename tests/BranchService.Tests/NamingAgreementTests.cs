using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.BranchService.Tests;

/// <summary>The service makes names from a template and the database checks them: both mean the same names.</summary>
public sealed class NamingAgreementTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Letters = "abcxyz0189-";

    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("trial-{id}", "trial-7", true)]
    [InlineData("trial-{id}", "trial-a-b", true)]
    [InlineData("trial-{id}", "trial-", false)]
    [InlineData("trial-{id}", "trial-a-", false)]
    [InlineData("trial-{id}", "trial--a", false)]
    [InlineData("trial-{id}", "xtrial-7", false)]
    [InlineData("trial-{id}", "trial-7\n", false)]
    [InlineData("trial-{id}", "trial-A", false)]
    [InlineData("run-v{n}", "run-v1", true)]
    [InlineData("run-v{n}", "run-v999999999", true)]
    [InlineData("run-v{n}", "run-v0", false)]
    [InlineData("run-v{n}", "run-v01", false)]
    [InlineData("run-v{n}", "run-v1000000000", false)]
    [InlineData("run-{date}", "run-20261121", true)]
    [InlineData("run-{date}", "run-2026-11-21", false)]
    [InlineData("run-{date}", "run-202611211", false)]
    [InlineData("e-{date}-{purpose}-v{n}", "e-20261121-sleep-stage-v2", true)]
    [InlineData("e-{date}-{purpose}-v{n}", "e-20261121--v2", false)]
    [InlineData("e-{date}-{purpose}-v{n}", "e-20261121-sleep-v", false)]
    [InlineData("fixed", "fixed", true)]
    [InlineData("fixed", "fixed-1", false)]
    public async Task The_database_takes_the_names_of_a_template_and_no_others(
        string template,
        string name,
        bool follows
    )
    {
        // Every row is of a template that the service takes.
        NamingTemplate.Parse(template, "template");
        Assert.Equal([follows], await FollowAsync(template, [name]));
    }

    [Fact]
    public async Task Whatever_the_service_makes_the_database_takes_and_what_is_cut_from_it_it_does_not()
    {
        var random = new Random(20_261_121);
        for (var round = 0; round < 200; round++)
        {
            var template = MakeTemplate(random);
            var values = template.CallerParts.ToDictionary(part => part, _ => MakeValue(random));
            var name = template.Fill(values, Noon).WithNumber(random.Next(1, 1_000));

            var spoiled = new[] { name + "-", "-" + name, name + "_", name.ToUpperInvariant(), name + "\n", "" };
            var follows = await FollowAsync(template.Text, [name, .. spoiled]);

            Assert.True(follows[0], $"'{template.Text}' makes '{name}', which the database refuses.");
            Assert.DoesNotContain(true, follows.Skip(1));
        }
    }

    private async Task<bool[]> FollowAsync(string template, string[] names)
    {
        var list = string.Join(", ", names.Select(name => $"'{name}'"));
        return (bool[])
            (
                await fixture.AsOwnerAsync(
                    $"""
                    SELECT array_agg(n.name ~ branching.naming_pattern('{template}') ORDER BY n.place)
                    FROM unnest(ARRAY[{list}]) WITH ORDINALITY AS n(name, place)
                    """
                )
            )!;
    }

    // Letters and parts in turn, each part once, at most three.
    private static NamingTemplate MakeTemplate(Random random)
    {
        string[] parts = ["{date}", "{n}", "{id}", "{purpose}", "{site_1}"];
        random.Shuffle(parts);
        var text = "t";
        foreach (var part in parts.Take(random.Next(4)))
        {
            text += $"{MakeValue(random)}-{part}";
        }

        return NamingTemplate.Parse(random.Next(2) == 0 ? text : $"{text}-end", "template");
    }

    private static string MakeValue(Random random)
    {
        var value = string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => Letters[random.Next(11)]));
        return value.Trim('-') is { Length: > 0 } trimmed ? trimmed : "x";
    }
}
