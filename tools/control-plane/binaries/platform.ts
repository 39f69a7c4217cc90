/** The platform of this machine in the words of Go and of the Kubernetes releases, such as `linux-amd64`. */
export function platform(): string {
  return `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
}
