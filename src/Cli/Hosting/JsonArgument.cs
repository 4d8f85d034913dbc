using System.Text.Json;
using Dendrite.Contracts.Cells;
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
            rounded = ValueMapper.FindRounded(document.RootElement);
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
                $"{name} holds {number}, which has more digits than a double keeps: round it yourself, or write it as "
                    + "a string for a column of another type."
            );
        }

        return read;
    }
}
