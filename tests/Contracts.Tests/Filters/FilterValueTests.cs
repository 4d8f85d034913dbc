using Dendrite.Contracts.Filters;
using Dendrite.Errors;

namespace Dendrite.Contracts.Tests.Filters;

public sealed class FilterValueTests
{
    private static readonly Dictionary<string, int> Kinds = new()
    {
        ["MAIN"] = 1,
        ["TRIAL"] = 2,
        ["BOTH_ADDED"] = 3,
    };

    [Fact]
    public void A_star_at_the_end_asks_for_a_prefix_unless_it_is_escaped()
    {
        Assert.Equal(("sleep-", true), Read("sleep-*"));
        Assert.Equal(("sleep-", true), Read("\"sleep-*\""));
        Assert.Equal(("a*b", false), Read("\"a*b\""));
        Assert.Equal(("sleep-*", false), Read("\"sleep-\\*\""));
        Assert.Equal(("back\\", true), Read("\"back\\\\*\""));
        Assert.True(ValueOf("*").IsAny);
        Assert.True(ValueOf("null").IsNull);
        Assert.False(ValueOf("\"null\"").IsNull);

        static (string, bool) Read(string value) => (ValueOf(value).Text, ValueOf(value).EndsWithStar);
    }

    [Theory]
    [InlineData("2026-11-21", "2026-11-21T00:00:00.0000000+00:00")]
    [InlineData("2026-11-21T08:30:00Z", "2026-11-21T08:30:00.0000000+00:00")]
    [InlineData("\"2026-11-21T08:30:00+02:00\"", "2026-11-21T06:30:00.0000000+00:00")]
    [InlineData("2026-11-21T08:30:00.123456789Z", "2026-11-21T08:30:00.1234560+00:00")]
    public void An_instant_is_read_to_the_microsecond(string value, string expected) =>
        Assert.Equal(expected, ValueOf(value).ToInstant().ToString("O"));

    [Theory]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("42", 42)]
    public void A_whole_number_is_read(string value, long expected) => Assert.Equal(expected, ValueOf(value).ToInt64());

    [Fact]
    public void A_value_that_the_field_cannot_have_is_refused_at_its_place()
    {
        Refused(() => ValueOf("yes").ToBoolean());
        Refused(() => ValueOf("1.5").ToInt64());
        Refused(() => ValueOf("9223372036854775808").ToInt64());
        Refused(() => ValueOf("4*").ToInt64());
        Refused(() => ValueOf("tomorrow").ToInstant());
        Refused(() => ValueOf("\"2026-02-30\"").ToInstant());
        Refused(() => ValueOf("trials").ToOneOf(Kinds));
        Refused(() => ValueOf("trial*").ToOneOf(Kinds));
        Refused(() => ValueOf("2").ToOneOf(Kinds));
        Refused(() => ValueOf("pre*").ToText());

        static void Refused(Action read)
        {
            var error = Assert.Throws<DendriteException>(read);
            Assert.Equal(ErrorReason.InvalidFilter, error.Reason);
            Assert.Equal("4", error.Metadata["position"]);
        }
    }

    [Theory]
    [InlineData("TRIAL", 2)]
    [InlineData("trial", 2)]
    [InlineData("BOTH_ADDED", 3)]
    [InlineData("bothAdded", 3)]
    [InlineData("\"both added\"", 3)]
    public void A_name_of_an_enumeration_is_taken_in_any_case_and_as_it_is_shown(string value, int expected) =>
        Assert.Equal(expected, ValueOf(value).ToOneOf(Kinds));

    private static FilterValue ValueOf(string value) => ((FilterComparison)FilterParser.Parse($"a = {value}")!).Value;
}
