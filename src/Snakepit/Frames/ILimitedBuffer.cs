using System.Buffers;

namespace Snakepit.Frames;

/// <summary>A buffer that throws <see cref="MessageTooLargeException"/> when its content exceeds a limit.</summary>
internal interface ILimitedBuffer : IBufferWriter<byte>
{
    int Limit { get; }
}
