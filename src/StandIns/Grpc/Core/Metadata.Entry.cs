using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    private static readonly SearchValues<char> LowerKeyCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789._-"
    );

    /// <summary>One header or trailer: a lower-case key, and text or bytes. Immutable.</summary>
    public class Entry
    {
        private readonly string? text;
        private readonly byte[]? bytes;

        /// <summary>A binary entry; the bytes are copied.</summary>
        /// <exception cref="ArgumentException">The key is malformed or does not end in <c>-bin</c>.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = NormalizeKey(key);
            if (!IsBinaryKey(Key))
            {
                throw new ArgumentException(
                    $"The key of a binary entry must end in '{BinaryHeaderSuffix}'; '{key}' does not.",
                    nameof(key)
                );
            }

            bytes = [.. valueBytes];
        }

        /// <summary>A text entry; <paramref name="value"/> is printable ASCII.</summary>
        /// <exception cref="ArgumentException">The key is malformed or ends in <c>-bin</c>.</exception>
        public Entry(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Key = NormalizeKey(key);
            if (IsBinaryKey(Key))
            {
                throw new ArgumentException(
                    $"The key of a text entry cannot end in '{BinaryHeaderSuffix}': '{key}'.",
                    nameof(key)
                );
            }

            text = value;
        }

        private Entry(string key, string? text, byte[]? bytes)
        {
            Key = key;
            this.text = text;
            this.bytes = bytes;
        }

        /// <summary>The key, in lower case.</summary>
        public string Key { get; }

        /// <summary>Whether this entry carries bytes.</summary>
        public bool IsBinary => text is null;

        /// <summary>The text.</summary>
        /// <exception cref="InvalidOperationException">The entry is binary.</exception>
        public string Value =>
            text ?? throw new InvalidOperationException("Cannot access string value of a binary metadata entry");

        /// <summary>A copy of the bytes; of a text entry, its ASCII.</summary>
        public byte[] ValueBytes => bytes is null ? Encoding.ASCII.GetBytes(text!) : [.. bytes];

        /// <summary>The bytes of a binary entry as they are held: not to be changed.</summary>
        internal ReadOnlySpan<byte> Bytes => bytes;

        /// <inheritdoc />
        public override string ToString() =>
            IsBinary ? $"[Entry: key={Key}, valueBytes={bytes}]" : $"[Entry: key={Key}, value={text}]";

        /// <summary>An entry that came over the wire: nothing is checked or copied.</summary>
        internal static Entry FromWire(string key, byte[] bytes) => new(key, text: null, bytes);

        internal static Entry FromWire(string key, string text) => new(key, text, bytes: null);

        internal static bool IsBinaryKey(string key) => key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        internal bool HasKey(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        private static string NormalizeKey(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            if (!key.AsSpan().ContainsAnyExcept(LowerKeyCharacters))
            {
                return key;
            }

            var lower = key.ToLowerInvariant();
            if (lower.AsSpan().ContainsAnyExcept(LowerKeyCharacters))
            {
                throw new ArgumentException(
                    $"'{key}' is no metadata key: letters, digits, underscores, hyphens and dots only.",
                    nameof(key)
                );
            }

            return lower;
        }
    }
}
