using System.Globalization;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>
/// Where a page ended: behind which window, at which distance, by which scale. With the scale of the first page the
/// order of windows stays what it was, although others have been measured since: no page shows one again, or leaves one
/// out that the first page knew.
/// </summary>
internal sealed record SimilarPlace(FeatureScale Scale, double Distance, string Stream, int Channel, long Start)
{
    private const char Separator = ' ';

    /// <summary>Null for the first page.</summary>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN.</exception>
    public static SimilarPlace? Read(string? position) => position is null ? null : PageToken.Parse(position, Parse);

    private static SimilarPlace Parse(string position)
    {
        if (
            position.Split(Separator) is not [var means, var inverses, var distance, var stream, var channel, var start]
        )
        {
            throw PageToken.NotOurs();
        }

        var scale = new FeatureScale(ReadNumbers(means), ReadNumbers(inverses));
        var place = new SimilarPlace(
            scale,
            double.Parse(distance, CultureInfo.InvariantCulture),
            stream,
            int.Parse(channel, NumberStyles.None, CultureInfo.InvariantCulture),
            long.Parse(start, NumberStyles.None, CultureInfo.InvariantCulture)
        );
        var isOurs = !double.IsNaN(place.Distance) && Array.TrueForAll(scale.Inverses, inverse => inverse >= 0);
        return isOurs ? place : throw PageToken.NotOurs();
    }

    /// <summary>Whether a window comes before another: nearer, or as near and before it by name and sample.</summary>
    public static int Compare((double Distance, FoundWindow Window) one, (double Distance, FoundWindow Window) other)
    {
        var byDistance = one.Distance.CompareTo(other.Distance);
        return byDistance != 0
            ? byDistance
            : Compare(one.Window, other.Window.Stream.Name, other.Window.Channel, other.Window.Start);
    }

    /// <summary>Whether a window comes after this place.</summary>
    public bool IsBefore(double distance, FoundWindow window) =>
        distance > Distance || (distance == Distance && Compare(window, Stream, Channel, Start) > 0);

    /// <summary>Numbers are written so that they are read as they were, to the last bit.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Write(Scale.Means)} {Write(Scale.Inverses)} {Distance:R} {Stream} {Channel} {Start}"
        );

    private static int Compare(FoundWindow window, string stream, int channel, long start)
    {
        var byName = string.CompareOrdinal(window.Stream.Name, stream);
        var byChannel = byName != 0 ? byName : window.Channel.CompareTo(channel);
        return byChannel != 0 ? byChannel : window.Start.CompareTo(start);
    }

    private static string Write(double[] numbers) =>
        string.Join(',', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    private static double[] ReadNumbers(string text)
    {
        double[] numbers = [.. text.Split(',').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        return numbers.Length == ShapePlan.FeatureCount && Array.TrueForAll(numbers, double.IsFinite)
            ? numbers
            : throw PageToken.NotOurs();
    }
}
