using System.Buffers.Text;
using System.Security.Cryptography;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;

namespace Dendrite.Contracts.Tests.Paging;

public sealed class PageTokenTests
{
    private static readonly string[] Request = ["ListBranches", "projects/lab", "kind = TRIAL", "name"];

    [Theory]
    [InlineData("")]
    [InlineData("sleep-42")]
    [InlineData("2026-11-21T01:02:03.000004Z|grün")]
    public void A_token_gives_its_position_back(string position) =>
        Assert.Equal(position, PageToken.Decode(PageToken.Encode(position, Request), Request));

    [Fact]
    public void The_empty_token_asks_for_the_first_page() => Assert.Null(PageToken.Decode("", Request));

    [Theory]
    [InlineData("ListTags", "projects/lab", "kind = TRIAL", "name")]
    [InlineData("ListBranches", "projects/other", "kind = TRIAL", "name")]
    [InlineData("ListBranches", "projects/lab", "", "name")]
    [InlineData("ListBranches", "projects/lab", "kind = TRIAL", "name desc")]
    [InlineData("ListBranches", "projects/labkind", " = TRIAL", "name")]
    public void A_token_of_another_request_is_refused(params string[] other)
    {
        var token = PageToken.Encode("sleep-42", Request);

        var error = Assert.Throws<DendriteException>(() => PageToken.Decode(token, other));

        Assert.Equal(ErrorReason.InvalidPageToken, error.Reason);
        Assert.Contains("another request", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_changed_in_any_character_is_refused()
    {
        var token = PageToken.Encode("sleep-42", Request);
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            AssertRefused(new string(changed));
        }
    }

    [Fact]
    public void A_token_cut_anywhere_is_refused()
    {
        var token = PageToken.Encode("sleep-42", Request);
        for (var length = 1; length < token.Length; length++)
            AssertRefused(token[..length]);
    }

    [Theory]
    [InlineData("!!!!")]
    [InlineData("AAAA")]
    [InlineData("a b c d")]
    public void Garbage_is_refused(string token) => AssertRefused(token);

    /// <summary>The checksum is no secret: whoever forges a token makes it fit.</summary>
    [Theory]
    [InlineData(new byte[] { (byte)'a', 0, (byte)'b' })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { (byte)'a', 0xC3 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void A_forged_token_whose_place_is_no_text_of_PostgreSQL_is_refused(byte[] place)
    {
        var ours = Base64Url.DecodeFromChars(PageToken.Encode("", Request));
        byte[] forged = [.. ours[..^4], .. place];
        AssertRefused(Base64Url.EncodeToString([.. forged, .. SHA256.HashData(forged)[..4]]));
    }

    [Fact]
    public void A_huge_token_is_refused() => AssertRefused(new string('A', 1 << 20));

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1_000)]
    [InlineData(int.MaxValue, 1_000)]
    public void A_page_size_is_bounded(int requested, int expected) =>
        Assert.Equal(expected, PageSize.Resolve(requested));

    [Fact]
    public void A_negative_page_size_is_refused() =>
        Assert.Equal(ErrorReason.InvalidArgument, Assert.Throws<DendriteException>(() => PageSize.Resolve(-1)).Reason);

    private static void AssertRefused(string token) =>
        Assert.Equal(
            ErrorReason.InvalidPageToken,
            Assert.Throws<DendriteException>(() => PageToken.Decode(token, Request)).Reason
        );
}
