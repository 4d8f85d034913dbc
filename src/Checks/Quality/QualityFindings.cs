using System.Text;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Checks.Quality;

/// <summary>
/// What checks have found so far: of each the first failures and how many there are, and the greatest figure measured.
/// Can be written down and gone on with. Not thread-safe.
/// </summary>
public sealed class QualityFindings(IReadOnlyList<QualityCheck> checks)
{
    /// <summary>Failures of one check that are told one by one: a hundred checks fit into one answer.</summary>
    public const int MaxPerCheck = 40;

    /// <summary>Bytes of a message in UTF-8: of the most findings that there can be, all fit into one answer.</summary>
    private const int MaxMessageBytes = 500;

    private readonly List<QualityFinding>[] failures = [.. checks.Select(_ => new List<QualityFinding>())];
    private readonly long[] counts = new long[checks.Count];
    private readonly double?[] greatest = new double?[checks.Count];

    /// <summary>Whether the same checks may find something else on the same state another time.</summary>
    public bool AreOfTheMoment { get; private set; }

    /// <summary>Something was found that follows from more than the state, such as the time of day.</summary>
    public void MayChange() => AreOfTheMoment = true;

    /// <summary>A figure was measured, whether or not it is within the bound.</summary>
    public void Measure(int check, double value) => greatest[check] = Math.Max(greatest[check] ?? value, value);

    /// <summary>Something does not meet the check.</summary>
    public void Fail(int check, QualityFinding finding)
    {
        counts[check]++;
        if (failures[check].Count < MaxPerCheck)
        {
            finding.Check = checks[check].Name;
            finding.Message = Cut(finding.Message);
            failures[check].Add(finding);
        }
    }

    /// <summary>Check by check: one that holds, with the greatest figure; or the failures.</summary>
    public void WriteTo(QualityResult result)
    {
        result.Passed = Array.TrueForAll(counts, count => count == 0);
        for (var i = 0; i < checks.Count; i++)
        {
            if (counts[i] == 0)
            {
                var holds = new QualityFinding { Check = checks[i].Name, Passed = true };
                if (greatest[i] is { } value)
                {
                    holds.Value = value;
                }

                result.Findings.Add(holds);
                continue;
            }

            result.Findings.Add(failures[i]);
            if (counts[i] > failures[i].Count)
            {
                var more = $"and {counts[i] - failures[i].Count} more of {counts[i]} in all";
                result.Findings.Add(new QualityFinding { Check = checks[i].Name, Message = more });
            }
        }
    }

    /// <summary>What was found, to be gone on with by <see cref="Restore"/>.</summary>
    public FoundSoFar Save()
    {
        var all = new QualityResult();
        all.Findings.AddRange(failures.SelectMany(found => found));
        return new(all.ToByteArray(), [.. counts], [.. greatest]);
    }

    /// <param name="saved">Of the same checks.</param>
    public void Restore(FoundSoFar saved)
    {
        saved.Counts.CopyTo(counts, 0);
        saved.Greatest.CopyTo(greatest, 0);
        foreach (var finding in QualityResult.Parser.ParseFrom(saved.Failures).Findings)
        {
            failures[IndexOf(finding.Check)].Add(finding);
        }
    }

    /// <summary>Messages quote strangers' values.</summary>
    private static string Cut(string message)
    {
        if (Encoding.UTF8.GetByteCount(message) <= MaxMessageBytes)
        {
            return message;
        }

        var (bytes, length) = ("…"u8.Length, 0);
        foreach (var rune in message.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxMessageBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return $"{message[..length]}…";
    }

    private int IndexOf(string name) => checks.Index().First(check => check.Item.Name == name).Index;
}

/// <summary>Findings as they are kept between attempts.</summary>
public sealed record FoundSoFar(byte[] Failures, long[] Counts, double?[] Greatest);
