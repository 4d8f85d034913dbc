using System.Globalization;
using System.Text.Json;
using Dendrite.Reports.Document;

namespace Dendrite.Reports.Json;

/// <summary>What is drawn, as numbers.</summary>
internal static class JsonPlots
{
    public static void Write(Utf8JsonWriter json, ChannelPlot plot)
    {
        json.WriteStartObject();
        json.WritePropertyName("pair");
        JsonReport.Write(json, plot.Pair);
        Write(json, "from", plot.From);
        Write(json, "to", plot.To);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ChannelTrace? trace)
    {
        if (trace is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteString("unit", trace.Unit);
        json.WriteStartObject("waveform");
        WriteNumber(json, "bucketSeconds", trace.Waveform.BucketSeconds);
        Write(json, "minima", trace.Waveform.Minima);
        Write(json, "maxima", trace.Waveform.Maxima);
        json.WriteEndObject();
        json.WriteStartObject("spectrum");
        Write(json, "frequenciesHz", trace.Spectrum.FrequenciesHz);
        Write(json, "densities", trace.Spectrum.Densities);
        json.WriteEndObject();
        json.WriteStartArray("bands");
        foreach (var band in trace.Bands)
        {
            Write(json, band);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BandEstimate band)
    {
        json.WriteStartObject();
        WriteNumber(json, "mean", band.Mean);
        WriteNumber(json, "low", band.Low);
        WriteNumber(json, "high", band.High);
        json.WriteNumber("windows", band.Windows);
        json.WriteEndObject();
    }

    /// <summary>All numbers of a list in one line: a line each would be most of the file.</summary>
    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<double> values)
    {
        json.WritePropertyName(name);
        json.WriteRawValue($"[{string.Join(',', values.Select(Number))}]");
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Number(value));
    }

    private static string Number(double value) =>
        double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture)
        : double.IsNaN(value) ? "\"NaN\""
        : value > 0 ? "\"Infinity\""
        : "\"-Infinity\"";
}
