using System.Collections.Immutable;
using Dendrite.Contracts.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Contracts.Tests.Filters;

public sealed class FilterLawTests
{
    /// <summary>From a fixed seed, so that a failure replays.</summary>
    private static readonly Config Config = Config
        .QuickThrowOnFailure.WithMaxTest(5_000)
        .WithReplay(new Replay(new Rnd(20_261_121UL, 4_711UL), null));

    /// <summary>Pieces of filters in any order: far more of the parser is reached than by random characters.</summary>
    private static readonly string[] Pieces =
    [
        .. new[] { "a", "labels", ".", "=", "!=", "<", "<=", ">", ">=", ":", "AND", "OR", "NOT", "-", "(", ")", "*" },
        .. new[]
        {
            "\"x\"",
            "'y'",
            "\"",
            "'",
            "\\",
            "\\*",
            " ",
            "\t",
            ",",
            "!",
            "1.5",
            "\0",
            "\ud83e",
            "🧠",
            "é",
            "null",
        },
    ];

    private static readonly string[] Texts =
    [
        "a",
        "b-c",
        "AND",
        "x y",
        "",
        "*",
        "\\",
        "\"",
        "'",
        "-1",
        "é🧠",
        "1.5",
        "(:)",
    ];

    [Fact]
    public void Any_text_gives_an_expression_or_an_error_that_points_into_it()
    {
        var texts = Gen.Elements(Pieces).ArrayOf().Select(string.Concat).ToArbitrary();
        Prop.ForAll(texts, Holds).Check(Config);
        Prop.ForAll(ArbMap.Default.ArbFor<string>().Filter(text => text is not null), Holds).Check(Config);

        static bool Holds(string text)
        {
            if (FilterParser.TryParse(text, out var expression, out var error))
            {
                return expression is null ? string.IsNullOrWhiteSpace(text) : IsStable(expression);
            }

            return expression is null && error.Position >= 0 && error.Position <= text.Length;
        }
    }

    [Fact]
    public void Every_expression_is_read_back_from_its_text() =>
        Prop.ForAll(Expressions(3).ToArbitrary(), IsStable).Check(Config);

    private static bool IsStable(FilterExpression expression) =>
        FilterParser.Parse(expression.ToString())?.ToString() == expression.ToString();

    private static Gen<FilterExpression> Expressions(int depth)
    {
        var comparisons =
            from path in Gen.Elements(Texts).NonEmptyListOf()
            from comparison in Gen.Elements(Enum.GetValues<FilterOperator>())
            from text in Gen.Elements(Texts)
            from endsWithStar in Gen.Elements(true, false)
            select (FilterExpression)
                new FilterComparison(new(0, [.. path.Take(3)]), comparison, new(0, text, IsQuoted: true, endsWithStar));
        if (depth == 0)
        {
            return comparisons;
        }

        var inner = Expressions(depth - 1);
        var pairs = inner.Two().Select(pair => ImmutableArray.Create(pair.Item1, pair.Item2));
        return Gen.OneOf(
            comparisons,
            inner.Select(term => (FilterExpression)new FilterNot(0, term)),
            pairs.Select(terms => (FilterExpression)new FilterAnd(0, terms)),
            pairs.Select(terms => (FilterExpression)new FilterOr(0, terms))
        );
    }
}
