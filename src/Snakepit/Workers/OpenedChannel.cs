namespace Snakepit.Workers;

/// <summary>
/// A channel whose process does not exist yet, and the descriptors for that process. Disposing them closes the process's ends in the host.
/// </summary>
internal readonly record struct OpenedChannel(PipeChannel Channel, ChannelDescriptors Descriptors);
