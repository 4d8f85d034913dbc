using System.Globalization;
using System.Text.Json;
using Dendrite.Records.Cells;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Hosting;

/// <summary>An object that is written on the command line as JSON: <c>{"AGE": 63}</c>.</summary>
internal static class JsonArgument
{
    /// <param name="name">Of the argument or option that holds it.</param>
    /// <exception cref="CliException">It is none, or holds a number that would be rounded on its way.</exception>
    public static Struct ReadObject(string json, string name)
    {
        Struct read;
        string? rounded;
        try
        {
            read = Struct.Parser.ParseJson(json);
            using var document = JsonDocument.Parse(json);
            rounded = FindRounded(document.RootElement);
        }
        catch (Exception failure)
            when (failure is InvalidJsonException or InvalidProtocolBufferException or JsonException)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"{name} is no JSON object: {failure.Message}");
        }

        if (rounded is { } number)
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"{name} holds {number}, which has more digits than a number in a message keeps: write it as a string."
            );
        }

        return read;
    }

    /// <summary>A number that is not the one that its binary64 stands for; null: there is none.</summary>
    private static string? FindRounded(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject()
                .Select(each => FindRounded(each.Value))
                .FirstOrDefault(Found),
            JsonValueKind.Array => json.EnumerateArray().Select(FindRounded).FirstOrDefault(Found),
            JsonValueKind.Number when IsRounded(json) => json.GetRawText(),
            _ => null,
        };

    private static bool Found(string? number) => number is not null;

    private static bool IsRounded(JsonElement number) =>
        CanonicalJson.Number(number.GetRawText())
        != CanonicalJson.Number(number.GetDouble().ToString("R", CultureInfo.InvariantCulture));
}
