using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Hosting;

/// <summary>An object that is written on the command line as JSON: <c>{"AGE": 63}</c>.</summary>
internal static class JsonArgument
{
    /// <param name="name">Of the argument or option that holds it.</param>
    /// <exception cref="CliException">It is none.</exception>
    public static Struct ReadObject(string json, string name)
    {
        try
        {
            return Struct.Parser.ParseJson(json);
        }
        catch (Exception failure) when (failure is InvalidJsonException or InvalidProtocolBufferException)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"{name} is no JSON object: {failure.Message}");
        }
    }
}
