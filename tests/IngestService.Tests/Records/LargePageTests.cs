using static Dendrite.IngestService.Tests.Records.RecordLab;

namespace Dendrite.IngestService.Tests.Records;

/// <summary>Pages of records whose texts are long.</summary>
public sealed class LargePageTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_page_ends_before_it_is_larger_than_a_message_may_be()
    {
        var lab = await CreateAsync(fixture);
        for (var i = 0; i < 6; i++)
        {
            await lab.PutAsync(Subjects, Row(("id", $"S{i}"), ("mail", new string((char)('a' + i), 900_000))));
        }

        var request = new V1.QueryRecordsRequest { Parent = lab.Name(Subjects), PageSize = 100 };
        var first = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);
        request.PageToken = first.NextPageToken;
        var second = await lab.Records.QueryRecordsAsync(request, IngestFixture.Options);

        Assert.Equal(
            ["S0", "S1", "S2", "S3", "S4", "S5"],
            first.Records.Concat(second.Records).Select(record => record.Values.Fields["id"].StringValue)
        );
        Assert.Empty(second.NextPageToken);
    }

    [Theory]
    [InlineData("mail", "S1 S2 S3 S4 S5")]
    [InlineData("mail desc", "S5 S4 S3 S2 S1")]
    [InlineData("sex, mail desc", "S5 S4 S3 S2 S1")]
    public async Task Pages_go_on_after_a_text_that_is_longer_than_a_token(string order, string expected)
    {
        var lab = await CreateAsync(fixture);
        var begin = new string('ä', 9_000);
        await lab.PutAsync(
            Subjects,
            [.. Enumerable.Range(1, 5).Select(i => Row(("id", $"S{i}"), ("mail", i < 5 ? $"{begin}{i}" : null)))]
        );

        Assert.Equal(expected, string.Join(' ', await lab.QueryAsync(Subjects, orderBy: order)));
    }
}
