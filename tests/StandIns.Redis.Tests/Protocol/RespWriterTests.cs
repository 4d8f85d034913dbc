using System.Buffers;
using System.Text;
using StackExchange.Redis.Protocol;

namespace Dendrite.StandIns.Redis.Tests.Protocol;

public sealed class RespWriterTests
{
    [Fact]
    public void A_command_is_an_array_of_its_name_and_arguments()
    {
        var output = new ArrayBufferWriter<byte>();
        var command = new Command("SET", ["ключ", new byte[] { 0, 13, 10 }, -42, ""]);
        var written = RespWriter.Write(output, command);
        Assert.Equal(
            "*5\r\n$3\r\nSET\r\n$8\r\nключ\r\n$3\r\n\0\r\n\r\n$3\r\n-42\r\n$0\r\n\r\n",
            Encoding.UTF8.GetString(output.WrittenSpan)
        );
        Assert.Equal(output.WrittenCount, written);
    }
}
