using System.Text;
using System.Text.Json;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;

namespace Dendrite.Storage.Tests.Records;

public sealed class RecordDigestTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"1":"a","2":1.5}""", """{ "2" : 15e-1 , "1" : "\u0061" }""")]
    [InlineData("""{"1":1200}""", """{"1":1.2e3}""")]
    [InlineData("""{"1":1200}""", """{"1":1200.00}""")]
    [InlineData("""{"1":0}""", """{"1":-0.000e7}""")]
    [InlineData("""{"1":{"a":[1,null],"b":true}}""", """{"1":{"b":true,"a":[1.0,null]}}""")]
    [InlineData("""{"1":1,"2":2,"10":3,"11":[{}]}""", """{"11":[{}],"10":3,"2":2,"1":1}""")]
    [InlineData("""{"2":{"a":2,"b":1},"10":0}""", """{"10":0,"2":{"b":1,"a":2}}""")]
    [InlineData("""{"é":1,"z":2}""", """{"z":2,"\u00e9":1}""")]
    public void Spellings_of_one_document_have_one_digest(string one, string other) =>
        Assert.Equal(Digest(one), Digest(other));

    [Theory]
    [InlineData("""{"1":"a"}""", """{"1":"b"}""")]
    [InlineData("""{"1":1}""", """{"1":"1"}""")]
    [InlineData("""{"1":1}""", """{"1":-1}""")]
    [InlineData("""{"1":1}""", """{"1":10}""")]
    [InlineData("""{"1":null}""", "{}")]
    [InlineData("""{"1":[1,2]}""", """{"1":[2,1]}""")]
    [InlineData("""{"1":[12]}""", """{"1":[1,2]}""")]
    [InlineData("""{"1":"ab","2":""}""", """{"1":"a","2":"b"}""")]
    public void Different_documents_have_different_digests(string one, string other) =>
        Assert.NotEqual(Digest(one), Digest(other));

    [Fact]
    public void The_digest_of_a_row_is_pinned()
    {
        Assert.Equal(
            "c5cef9b3f09990a569f7223a0c61435951037bca3fc48d17f0be53f6f56ee997",
            Convert.ToHexStringLower(Digest("""{"1":"µV","2":-12.50,"3":[true,false,null,{}],"10":1e-7}"""))
        );
        Assert.Equal(
            "f60071c909fac54ac528ff079de01d68b6c2f8cdeaba8e69f70d381fc67d2270",
            Convert.ToHexStringLower(RecordDigest.OfRow(null))
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"1":1} x""")]
    [InlineData("""{"1":1,"1":2}""")]
    [InlineData("""{"2":1,"1":2,"2":3}""")]
    public void What_is_no_document_is_refused(string text) => Assert.ThrowsAny<JsonException>(() => Digest(text));

    [Fact]
    public async Task A_document_has_the_same_digest_after_the_database_has_kept_it()
    {
        var lab = await RecordLab.CreateAsync(database, "digests");
        await lab.Lab.ForkAsync("trial");
        string[] documents =
        [
            """{"2":1.50,"1":"a\u0062\"\\\/\n"}""",
            """{"10":1e300,"9":-2.5e-10,"aa":{"b":[1.0,{"c":0.0}],"a":"😀"}}""",
            """{"1":123456789012345678901234567890.123456789,"2":false}""",
        ];
        var changes = documents.Select((text, i) => new RecordChange(lab.Dataset, RecordLab.Key(i), Utf8(text)));
        await lab.CommitAsync("trial", [.. changes]);

        var (kept, _, _) = await lab.Reader.ListAsync(await lab.ViewAsync("trial"), new(lab.Dataset), 10, Token);

        Assert.Equal(documents.Select(Digest), kept.Select(record => RecordDigest.OfRow(record.Document)));
    }

    private static byte[] Digest(string text) => RecordDigest.OfRow(Utf8(text));

    private static ReadOnlyMemory<byte> Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
