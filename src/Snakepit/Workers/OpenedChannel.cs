namespace Snakepit.Workers;

/// <summary>A channel whose process is yet to come, and what that process is to get. Disposing the descriptors closes the process's ends here.</summary>
internal readonly record struct OpenedChannel(PipeChannel Channel, ChannelDescriptors Descriptors);
