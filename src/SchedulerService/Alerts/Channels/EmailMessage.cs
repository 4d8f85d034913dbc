using System.Globalization;
using System.Text;

namespace Dendrite.SchedulerService.Alerts.Channels;

/// <summary>
/// A message as it travels (RFC 5322, RFC 2045): lines of ASCII that end in CR LF. The body is in base64, so its lines
/// are short, hold no byte above 127 and begin with no dot, whatever it says. Pure.
/// </summary>
internal static class EmailMessage
{
    private const int Base64Line = 76;

    /// <summary>
    /// Bytes of an encoded word: 39 are 64 characters, behind the field's name 73 of the 76 that a line may have.
    /// </summary>
    private const int WordBytes = 39;

    /// <summary>Longer subjects are cut: they repeat what the body says.</summary>
    private const int MaxSubject = 300;

    /// <param name="id">Of the message; the same for each attempt, so that a mailbox knows it again.</param>
    public static string Compose((string From, string To) addresses, string id, AlertMessage alert, DateTimeOffset time)
    {
        var domain = addresses.From[(addresses.From.IndexOf('@', StringComparison.Ordinal) + 1)..];
        var message = new StringBuilder();
        Header("From", $"Dendrite <{addresses.From}>");
        Header("To", $"<{addresses.To}>");
        Header("Subject", EncodeSubject(alert.Headline));
        Header("Date", time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Header("Message-ID", $"<{id}@{domain}>");
        Header("Auto-Submitted", "auto-generated");
        Header("MIME-Version", "1.0");
        Header("Content-Type", "text/plain; charset=utf-8");
        Header("Content-Transfer-Encoding", "base64");
        message.Append("\r\n");
        var body = Convert.ToBase64String(Encoding.UTF8.GetBytes(alert.ToText()));
        for (var i = 0; i < body.Length; i += Base64Line)
        {
            message.Append(body.AsSpan(i, Math.Min(Base64Line, body.Length - i))).Append("\r\n");
        }

        return message.ToString();

        void Header(string name, string value) => message.Append(name).Append(": ").Append(value).Append("\r\n");
    }

    /// <summary>
    /// As encoded words of RFC 2047, always: no character of a title can then end the header, nor make its line too
    /// long.
    /// </summary>
    internal static string EncodeSubject(string subject)
    {
        var words = new List<string>();
        var word = new List<byte>();
        foreach (var rune in subject.EnumerateRunes().Take(MaxSubject))
        {
            var bytes = new byte[rune.Utf8SequenceLength];
            rune.EncodeToUtf8(bytes);
            // A character is never split between two words.
            if (word.Count + bytes.Length > WordBytes)
            {
                Close();
            }

            word.AddRange(bytes);
        }

        Close();
        return string.Join("\r\n ", words);

        void Close()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String([.. word])}?=");
            word.Clear();
        }
    }
}
