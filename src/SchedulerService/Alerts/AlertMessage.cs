using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>What is said of an alert; the document that webhooks get has these fields, in snake case.</summary>
/// <param name="State"><c>firing</c>, <c>resolved</c>, <c>warning</c>, or <c>test</c>.</param>
/// <param name="Rule">Resource name.</param>
/// <param name="Title">The rule's title, or its id.</param>
internal sealed record AlertMessage(string State, string Rule, string Title, string Summary)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Empty in a trial.</summary>
    public string AlertId { get; init; } = "";

    public string Metric { get; init; } = "";

    /// <summary>Resource name; empty: all of the project.</summary>
    public string Job { get; init; } = "";

    public string Comparison { get; init; } = "";

    public double Threshold { get; init; }

    /// <summary>The figure that crossed the threshold.</summary>
    public double Value { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Null while it lasts.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Of a warning: the branches that go soon, the first end first. Null: it is about no branch.</summary>
    public IReadOnlyList<WarnedBranch>? Branches { get; init; }

    /// <summary>Set as it is sent: receivers know a message that comes again by it.</summary>
    public string? DeliveryId { get; init; }

    /// <summary>
    /// Set as it is sent, and signed with the rest: receivers refuse what is old, so nobody sends it again later.
    /// </summary>
    public DateTimeOffset? SentTime { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    public static AlertMessage Parse(string json) => JsonSerializer.Deserialize<AlertMessage>(json, Json)!;

    /// <summary>On one line: <c>[firing] Nightly sync: success ratio …</c>.</summary>
    public string Headline => $"[{State}] {OneLine(Title)}: {OneLine(Summary)}";

    /// <summary>For people, some lines.</summary>
    public string ToText()
    {
        var lines = new List<string> { Headline, "", $"Rule:  {Rule}" };
        if (Job.Length > 0)
        {
            lines.Add($"Job:   {Job}");
        }

        Add("Since", StartTime);
        Add("Until", EndTime);
        lines.AddRange(Branches?.Select(Show) ?? []);
        return string.Join('\n', lines) + "\n";

        void Add(string label, DateTimeOffset? time)
        {
            if (time is { } set)
            {
                lines.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{label}: {set.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")
                );
            }
        }
    }

    private static string Show(WarnedBranch branch) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"  {branch.DueTime.UtcDateTime:yyyy-MM-dd HH:mm} UTC  {branch.Branch}, of {OneLine(branch.Owner)}"
        );

    private static string OneLine(string text) =>
        string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
}
