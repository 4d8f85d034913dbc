using System.Globalization;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>
/// Reads the lines of <c>[Channel Infos]</c>: name, reference, resolution, unit. A resolution that is missing is 1, a
/// unit that is missing µV: so the format has it.
/// </summary>
internal sealed class BrainVisionChannels(BrainVisionIni ini, SampleType type, RecordingWarnings warnings)
{
    private const string Section = "Channel Infos";

    private readonly UniqueLabels labels = new(warnings);

    /// <param name="number">From 1.</param>
    public RecordedChannel Read(int number)
    {
        var field = ini.Find(Section, $"Ch{number}");
        if (field.Text.Length == 0)
        {
            warnings.Add(
                RecordingWarningKind.LineMalformed,
                $"Ch{number}",
                field.Offset,
                "Missing; taken to be in steps of 1 µV."
            );
        }
        string[] fields = BrainVisionIni.Fields(field);
        string reference = fields.ElementAtOrDefault(1) ?? "";
        string resolution = fields.ElementAtOrDefault(2) ?? "";
        string unit = fields.ElementAtOrDefault(3) ?? "";
        RefuseDecimalComma(field, resolution, unit);
        return new(labels.Make(fields[0], number - 1, field), type)
        {
            Scale = ReadResolution(field, resolution),
            Unit = unit.Length == 0 ? "µV" : unit,
            Labels = Facts(number, reference),
        };
    }

    /// <summary>A comma divides fields: what follows would be the unit, and the steps of another size.</summary>
    private static void RefuseDecimalComma(FieldText field, string resolution, string unit)
    {
        bool isWhole = long.TryParse(resolution, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        bool isRest = double.TryParse(unit, NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _);
        if (isWhole && isRest)
        {
            throw field.Refuse($"The resolution '{resolution},{unit}' has a decimal comma. Write {resolution}.{unit}.");
        }
    }

    private double ReadResolution(FieldText field, string text)
    {
        if (text.Length == 0)
        {
            return 1;
        }
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (isNumber && double.IsFinite(value) && value != 0)
        {
            return value;
        }
        if (isNumber && value == 0)
        {
            warnings.Add(RecordingWarningKind.Uncalibrated, field.Name, field.Offset, "Resolution 0; taken as 1.");
            return 1;
        }
        throw field.Refuse($"The resolution '{text}' is not a number.");
    }

    private Dictionary<string, string> Facts(int number, string reference)
    {
        var facts = new Dictionary<string, string>();
        if (reference.Length > 0)
        {
            facts["reference"] = reference;
        }
        string coordinates = ini.Find("Coordinates", $"Ch{number}").Text;
        if (coordinates.Length > 0)
        {
            facts["coordinates"] = coordinates;
        }
        return facts;
    }
}
