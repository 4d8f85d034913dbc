using System.Numerics;
using Dendrite.Records.Cells;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Records.Tests;

/// <summary>
/// Values of every type, with the edges of each made likely, and laws over them from a fixed seed, so that a failure
/// replays.
/// </summary>
internal static class Laws
{
    private static readonly Config Config = Config
        .QuickThrowOnFailure.WithMaxTest(3_000)
        .WithReplay(new Replay(new Rnd(20_261_121UL, 815UL), null));

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Elements("", "a", "ab", "b", "A", "ä", "日本", "\u001f", "\uFF21", "🧠", "a,b", "50%", "a/b", "-", "."),
        Gen.ArrayOf(Gen.Elements("a", "b", "z", "\u0001", "é", "Ａ", "🧠", "/", "%", " ")).Select(string.Concat)
    );

    private static readonly Gen<long> Integers = Gen.OneOf(
        Gen.Elements(0L, 1, -1, 255, 256, long.MinValue, long.MaxValue, (1L << 53) + 1),
        Gen.Choose(-1000, 1000).Select(value => (long)value)
    );

    private static readonly Gen<ExactDecimal> Decimals = Gen.OneOf(
        Gen.Choose(-2000, 2000).SelectMany(digits => Gen.Choose(0, 6).Select(scale => Decimal(digits, scale))),
        Gen.Elements(
            Decimal(BigInteger.Pow(10, 300) + 1, 0),
            Decimal(-1, 500),
            Decimal(1, ExactDecimal.MaxDigits),
            Decimal(-(BigInteger.Pow(10, ExactDecimal.MaxDigits) - 1), ExactDecimal.MaxDigits),
            Decimal(BigInteger.Pow(10, ExactDecimal.MaxDigits) - 1, 0),
            Decimal(100, 2)
        )
    );

    private static readonly Gen<double> Doubles = Gen.OneOf(
        Gen.Elements(
            0.0,
            -0.0,
            1.5,
            -1.5,
            double.NaN,
            double.PositiveInfinity,
            double.NegativeInfinity,
            double.Epsilon,
            double.MaxValue,
            double.MinValue,
            1e21,
            1e-7,
            0.1
        ),
        Gen.Choose(-1000, 1000).Select(value => value / 7.0)
    );

    private static readonly Gen<CellValue>[] KeyValues =
    [
        Texts.Select(CellValue.OfText),
        Texts.Select(CellValue.OfEnum),
        Integers.Select(CellValue.OfInteger),
        Decimals.Select(CellValue.OfDecimal),
        Doubles.Select(CellValue.OfDouble),
        Gen.Elements(true, false).Select(CellValue.OfBoolean),
        Gen.Choose(0, DateOnly.MaxValue.DayNumber).Select(day => CellValue.OfDate(DateOnly.FromDayNumber(day))),
        Gen.Choose(int.MinValue, int.MaxValue).Select(part => CellValue.OfTimestamp(part * 7_654_321L / 3)),
        Gen.ArrayOf(Gen.Choose(0, 255).Select(part => (byte)part), 16).Select(part => CellValue.OfUuid(new(part))),
    ];

    private static readonly Gen<CellValue> Json = Gen.Elements(
            """{"b":[1,2.50,"x"],"a":null}""",
            "[]",
            "\"text\"",
            "1e300",
            "-0.0",
            "true"
        )
        .Select(text => CellParser.Parse(CellType.Json, null, CellInput.OfField(text)).Value!.Value);

    /// <summary>Values of one type each, that a key can hold.</summary>
    public static Arbitrary<CellValue> KeyPart { get; } = Gen.OneOf(KeyValues).ToArbitrary();

    /// <summary>Values of any type.</summary>
    public static Arbitrary<CellValue> Value { get; } = Gen.OneOf([.. KeyValues, Json]).ToArbitrary();

    /// <summary>So many values of any types, null among them.</summary>
    public static Arbitrary<CellValue?[]> Values(int count) =>
        Gen.ArrayOf(
                Gen.OneOf(Value.Generator.Select(value => (CellValue?)value), Gen.Constant<CellValue?>(null)),
                count
            )
            .ToArbitrary();

    /// <summary>Two values of the same type.</summary>
    public static Arbitrary<(CellValue Left, CellValue Right)> Pair { get; } =
        Gen.OneOf(KeyValues.Select(gen => gen.Two().Select(pair => (pair.Item1, pair.Item2)))).ToArbitrary();

    /// <summary>Two keys of the same types, one to three columns each.</summary>
    public static Arbitrary<(CellValue[] Left, CellValue[] Right)> KeyPair { get; } =
        Gen.Choose(1, 3)
            .SelectMany(count => Gen.ArrayOf(Pair.Generator, count))
            .Select(pairs => (pairs.Select(pair => pair.Left).ToArray(), pairs.Select(pair => pair.Right).ToArray()))
            .ToArbitrary();

    public static Arbitrary<byte[]> Bytes { get; } =
        Gen.ArrayOf(Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(0, 0x3f, 0x80, 0xc0, 0xff)).Select(part => (byte)part))
            .ToArbitrary();

    public static void Hold<T>(Arbitrary<T> values, Func<T, bool> law) => Prop.ForAll(values, law).Check(Config);

    public static void Hold<T>(Arbitrary<T> values, Action<T> law) => Prop.ForAll(values, law).Check(Config);

    private static ExactDecimal Decimal(BigInteger unscaled, int scale) => ExactDecimal.FromParts(unscaled, scale);
}
