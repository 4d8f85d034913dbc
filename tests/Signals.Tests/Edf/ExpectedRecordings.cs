using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dendrite.Signals.Tests.Edf;

/// <summary>What an independent reader found in the recordings (expected.json beside them).</summary>
internal sealed record ExpectedRecordings(Dictionary<string, ExpectedRecording> Files)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static ExpectedRecording Of(string file)
    {
        string path = SharedData.Require("edf/expected.json");
        return JsonSerializer.Deserialize<ExpectedRecordings>(File.ReadAllText(path), Options)!.Files[file];
    }
}

internal sealed record ExpectedRecording(
    string Patient,
    string Recording,
    int HeaderBytes,
    long NRecordsInHeader,
    long NRecordsInFile,
    int NSignalsInHeader,
    decimal RecordDurationS,
    ExpectedSignal[] Signals,
    ExpectedAnnotations? Annotations,
    JsonElement? RecordOnsets,
    ExpectedGap[]? Gaps
)
{
    /// <summary>All onsets of a short file are listed; of a long one, the first and last few.</summary>
    public string? FirstOnset =>
        RecordOnsets switch
        {
            { ValueKind: JsonValueKind.Array } all => all[0].GetString(),
            { ValueKind: JsonValueKind.Object } some => some.GetProperty("first")[0].GetString(),
            _ => null,
        };
}

internal sealed record ExpectedSignal(
    int Index,
    string Label,
    string Unit,
    string Transducer,
    string Prefilter,
    int SamplesPerRecord,
    double PhysicalMin,
    double PhysicalMax,
    int DigitalMin,
    int DigitalMax,
    long Count,
    double Min,
    double Max,
    double Mean,
    double[] First5,
    ExpectedDigital Digital
)
{
    [JsonPropertyName("sample_rate_hz")]
    public decimal? RateHz { get; init; }
}

internal sealed record ExpectedDigital(int Min, int Max, long Sum, int[] First5, int[] Last5);

internal sealed record ExpectedAnnotations(int Count, ExpectedAnnotation[] Items);

internal sealed record ExpectedAnnotation(string Onset, string? Duration, string Text, long Record);

internal sealed record ExpectedGap(long AfterRecord, string ExpectedNext, string ActualNext);
