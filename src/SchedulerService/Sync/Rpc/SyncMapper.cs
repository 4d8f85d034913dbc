using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Between what is stored and the contract.</summary>
internal static class SyncMapper
{
    /// <summary>A part of a dead letter that a page of them has room for.</summary>
    private const int MaxShownItem = 20_000;

    public static SyncSource ToContract(SyncSourceRecord source, string project)
    {
        var message = ReadDefinition(source);
        message.Name = new SyncSourceName(project, source.Name).ToString();
        message.Checkpoint = source.Checkpoint is null ? null : JsonParser.Default.Parse<Struct>(source.Checkpoint);
        message.SyncTime = Timestamps.Of(source.SyncTime);
        message.DeadLetterCount = source.DeadLetterCount;
        message.CreateTime = Timestamps.Of(source.CreateTime);
        message.UpdateTime = Timestamps.Of(source.UpdateTime);
        message.Etag = Etag.Of(source.Revision);
        return message;
    }

    /// <summary>What callers set.</summary>
    public static SyncSource ReadDefinition(SyncSourceRecord source) =>
        JsonParser.Default.Parse<SyncSource>(source.Definition);

    public static string WriteDefinition(SyncSource source) => JsonFormatter.Default.Format(source);

    public static DeadLetter ToContract(DeadLetterRecord letter) =>
        new()
        {
            DeadLetterId = letter.Failed.Id,
            Item = ItemOf(letter.Failed.Item),
            Error = NestedStatus.Of(Google.Rpc.Status.Parser.ParseFrom(letter.Failed.Error)),
            Attempts = letter.Failed.Attempts,
            FirstAttemptTime = Timestamps.Of(letter.FirstAttemptTime),
            LastAttemptTime = Timestamps.Of(letter.LastAttemptTime),
        };

    // Large ones, and what protobuf takes for no JSON, are shown as their text.
    private static Value ItemOf(string json)
    {
        if (json.Length > MaxShownItem)
        {
            return Value.ForString(BriefText.Shorten(json, MaxShownItem + 1));
        }

        try
        {
            return JsonParser.Default.Parse<Value>(json);
        }
        catch (Exception failure)
            when (failure is InvalidJsonException or InvalidProtocolBufferException or FormatException)
        {
            return Value.ForString(json);
        }
    }
}
