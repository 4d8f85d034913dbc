using Dendrite.Errors;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>What is said of a channel that is not there.</summary>
public static class ChannelErrors
{
    /// <summary>So many labels are told; a stream may have thousands.</summary>
    private const int MaxLabels = 20;

    /// <summary>CHANNEL_NOT_FOUND, to be thrown, with the labels that there are.</summary>
    /// <param name="field">The proto path of the label in the request.</param>
    /// <param name="stream">Id of the stream.</param>
    /// <param name="labels">Of its channels, in order.</param>
    public static DendriteException NoSuch(string field, string label, string stream, IReadOnlyList<string> labels)
    {
        var problem =
            $"'{RequestFields.Excerpt(label)}' is no channel of stream '{stream}'; its channels are {List(labels)}";
        return new(ErrorReason.ChannelNotFound, $"{field}: {problem}") { FieldViolations = [new(field, problem)] };
    }

    /// <summary>The first labels, and how many more.</summary>
    public static string List(IReadOnlyList<string> labels)
    {
        var more = labels.Count > MaxLabels ? $" and {labels.Count - MaxLabels} more" : "";
        return string.Join(", ", labels.Take(MaxLabels).Select(RequestFields.Excerpt)) + more;
    }
}
