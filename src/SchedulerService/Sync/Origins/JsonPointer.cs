using System.Globalization;
using System.Text.Json;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>A place in a JSON document, as RFC 6901 writes it: <c>/data/items/0</c>.</summary>
internal sealed class JsonPointer
{
    private const int MaxLength = 1_000;

    private readonly string[] steps;

    private JsonPointer(string[] steps) => this.steps = steps;

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static JsonPointer Parse(string text, string field)
    {
        RequestFields.Text(text, field, MaxLength);
        if (text.Length == 0)
        {
            return new([]);
        }

        if (text[0] != '/')
        {
            throw DendriteException.Invalid(field, "is no JSON Pointer; begin with a slash, such as /data/items");
        }

        var steps = text[1..].Split('/');
        foreach (var step in steps)
        {
            for (var i = step.IndexOf('~'); i >= 0; i = step.IndexOf('~', i + 1))
            {
                if (i + 1 == step.Length || step[i + 1] is not ('0' or '1'))
                {
                    throw DendriteException.Invalid(field, "has a ~ that is not followed by 0 (for ~) or 1 (for /)");
                }
            }
        }

        return new([.. steps.Select(step => step.Replace("~1", "/").Replace("~0", "~"))]);
    }

    /// <summary>What stands there; null where nothing does.</summary>
    public JsonElement? Find(JsonElement document)
    {
        var here = document;
        foreach (var step in steps)
        {
            if (Step(here, step) is not { } next)
            {
                return null;
            }

            here = next;
        }

        return here;
    }

    private static JsonElement? Step(JsonElement here, string step)
    {
        switch (here.ValueKind)
        {
            case JsonValueKind.Object:
                return here.TryGetProperty(step, out var member) ? member : null;
            case JsonValueKind.Array:
                var isIndex =
                    int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && (step.Length == 1 || step[0] != '0')
                    && index < here.GetArrayLength();
                return isIndex ? here[index] : null;
            default:
                return null;
        }
    }
}
