using Dendrite.Contracts.Filters;
using Dendrite.Errors;

namespace Dendrite.Contracts.Tests.Filters;

public sealed class FilterParserTests
{
    [Theory]
    [InlineData("kind = TRIAL", "kind = TRIAL")]
    [InlineData("kind=TRIAL", "kind = TRIAL")]
    [InlineData("  a  !=  1  ", "a != 1")]
    [InlineData("a<1 AND b<=2 AND c>3 AND d>=4", "(a < 1 AND b <= 2 AND c > 3 AND d >= 4)")]
    [InlineData("labels.site = \"berlin\"", "labels.site = \"berlin\"")]
    [InlineData("labels.my-site = 'berlin'", "labels.my-site = \"berlin\"")]
    [InlineData("labels.\"a b\".AND = x", "labels.\"a b\".\"AND\" = x")]
    [InlineData("labels:site", "labels : site")]
    [InlineData("expire_time:*", "expire_time : *")]
    [InlineData("branch_id = sleep-*", "branch_id = sleep-*")]
    [InlineData("branch_id = \"sleep-*\"", "branch_id = \"sleep-*\"")]
    [InlineData("a = \"x\\*\"", "a = \"x\\*\"")]
    [InlineData("a = \"back\\\\*\"", "a = \"back\\\\*\"")]
    [InlineData("a = -1.5e-3", "a = -1.5e-3")]
    [InlineData("t > 2026-11-21T08:30:00.5Z AND u = 1", "(t > 2026-11-21T08:30:00.5Z AND u = 1)")]
    [InlineData("a = \"say \\\"hi\\\" 'there'\"", "a = \"say \\\"hi\\\" 'there'\"")]
    [InlineData("müller = \"größer 🧠\"", "müller = \"größer 🧠\"")]
    public void A_comparison_is_read_with_its_field_operator_and_value(string filter, string expected) =>
        Assert.Equal(expected, FilterParser.Parse(filter)!.ToString());

    [Theory]
    [InlineData("a=1 AND b=2 OR c=3", "(a = 1 AND (b = 2 OR c = 3))")]
    [InlineData("a=1 OR b=2 AND c=3", "((a = 1 OR b = 2) AND c = 3)")]
    [InlineData("(a=1 AND b=2) OR c=3", "((a = 1 AND b = 2) OR c = 3)")]
    [InlineData("NOT a=1 AND b=2", "(NOT a = 1 AND b = 2)")]
    [InlineData("-a=1 OR b=2", "(NOT a = 1 OR b = 2)")]
    [InlineData("NOT (a=1 OR b=2)", "NOT (a = 1 OR b = 2)")]
    [InlineData("NOT (NOT a=1)", "NOT (NOT a = 1)")]
    [InlineData("((a=1))", "a = 1")]
    public void Not_binds_tighter_than_or_and_or_tighter_than_and(string filter, string expected) =>
        Assert.Equal(expected, FilterParser.Parse(filter)!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    public void An_empty_filter_leaves_nothing_out(string filter) => Assert.Null(FilterParser.Parse(filter));

    [Theory]
    [InlineData("a", FilterErrorKind.UnexpectedToken, 1)]
    [InlineData("a =", FilterErrorKind.UnexpectedToken, 3)]
    [InlineData("= 1", FilterErrorKind.UnexpectedToken, 0)]
    [InlineData("a = 1 AND", FilterErrorKind.UnexpectedToken, 9)]
    [InlineData("a = 1 b = 2", FilterErrorKind.UnexpectedToken, 6)]
    [InlineData("a = 1 and b = 2", FilterErrorKind.UnexpectedToken, 6)]
    [InlineData("a = AND", FilterErrorKind.UnexpectedToken, 4)]
    [InlineData("AND = 1", FilterErrorKind.UnexpectedToken, 0)]
    [InlineData("a. = 1", FilterErrorKind.UnexpectedToken, 3)]
    [InlineData("NOT NOT a = 1", FilterErrorKind.UnexpectedToken, 4)]
    [InlineData("(a = 1", FilterErrorKind.UnexpectedToken, 6)]
    [InlineData("a = 1)", FilterErrorKind.UnexpectedToken, 5)]
    [InlineData("a = (1)", FilterErrorKind.UnexpectedToken, 4)]
    [InlineData("f(a) = 1", FilterErrorKind.UnexpectedToken, 1)]
    [InlineData("a == 1", FilterErrorKind.UnexpectedToken, 3)]
    [InlineData("a = 1, b", FilterErrorKind.UnexpectedCharacter, 5)]
    [InlineData("a ! 1", FilterErrorKind.UnexpectedCharacter, 2)]
    [InlineData("a = \0", FilterErrorKind.UnexpectedCharacter, 4)]
    [InlineData("a = \"\0\"", FilterErrorKind.UnexpectedCharacter, 5)]
    [InlineData("a = \"\u001b[2J\"", FilterErrorKind.UnexpectedCharacter, 5)]
    [InlineData("a = 'open", FilterErrorKind.UnterminatedString, 4)]
    [InlineData("a = \"\\n\"", FilterErrorKind.BadEscape, 5)]
    [InlineData("a = \"\\", FilterErrorKind.BadEscape, 5)]
    public void What_is_wrong_is_said_with_its_place(string filter, FilterErrorKind kind, int position)
    {
        Assert.False(FilterParser.TryParse(filter, out var expression, out var error));

        Assert.Null(expression);
        Assert.Equal((kind, position), (error.Kind, error.Position));
        Assert.DoesNotContain(error.Problem, char.IsControl);
        var thrown = Assert.Throws<DendriteException>(() => FilterParser.Parse(filter, "query.filter"));
        Assert.Equal(ErrorReason.InvalidFilter, thrown.Reason);
        Assert.Equal("query.filter", Assert.Single(thrown.FieldViolations).Field);
        Assert.Equal($"{position}", thrown.Metadata["position"]);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_in_and_out_of_quotes()
    {
        foreach (var filter in new[] { "a = \"\ud83e\"", "a = \"\udde0\"", "a = \ud83e\udde0", "\ud83e = 1" })
        {
            Assert.False(FilterParser.TryParse(filter, out _, out var error));
            Assert.Equal(FilterErrorKind.UnexpectedCharacter, error.Kind);
        }
    }

    [Fact]
    public void Length_depth_and_number_of_comparisons_are_bounded()
    {
        Assert.Null(ErrorOf(new string(' ', FilterParser.MaxLength)));
        Assert.Equal(FilterErrorKind.TooLong, ErrorOf(new string(' ', FilterParser.MaxLength + 1)));
        Assert.Equal(FilterErrorKind.TooLong, ErrorOf(new string('(', 10_000_000)));

        Assert.Null(ErrorOf(Nested(FilterParser.MaxDepth)));
        Assert.Equal(FilterErrorKind.TooDeep, ErrorOf(Nested(FilterParser.MaxDepth + 1)));

        Assert.Null(ErrorOf(Repeated(FilterParser.MaxComparisons)));
        Assert.Equal(FilterErrorKind.TooManyComparisons, ErrorOf(Repeated(FilterParser.MaxComparisons + 1)));

        static string Nested(int depth) => new string('(', depth) + "a=1" + new string(')', depth);
        static string Repeated(int count) => string.Join(" OR ", Enumerable.Repeat("a=1", count));
    }

    private static FilterErrorKind? ErrorOf(string filter) =>
        FilterParser.TryParse(filter, out _, out var error) ? null : error.Kind;
}
